import { describe, expect, it } from 'vitest';
import { aPipeline, aService } from '../testing/aPipeline.ts';
import { PIPELINE_TYPES } from './pipelineTypes.ts';
import { securityConfigOf, withAppConfig, workflowOf } from './workflow.ts';
import { WorkflowError } from './workflowError.ts';

const application = aPipeline({
  pipelineType: 'application',
  sourceConfig: {
    config: {
      type: 'Application',
      sourcePythonClass: 'metadata.applications.example.Example',
      appConfig: { type: 'Example', depth: 1, mode: 'all' },
    },
  },
});

describe('workflowOf', () => {
  it('brings source, sink and how to reach the server together', () => {
    expect(workflowOf(aPipeline({ loggerLevel: 'DEBUG', enableStreamableLogs: true }), aService())).toEqual({
      source: {
        type: 'mysql',
        serviceName: 'mysql',
        serviceConnection: aService().connection,
        sourceConfig: { config: { type: 'DatabaseMetadata' } },
      },
      sink: { type: 'metadata-rest', config: {} },
      workflowConfig: {
        loggerLevel: 'DEBUG',
        openMetadataServerConfig: aPipeline().openMetadataServerConnection,
      },
      ingestionPipelineFQN: 'mysql.nightly',
      enableStreamableLogs: true,
    });
  });

  it('keeps raiseOnError of every type', () => {
    const workflow = workflowOf(aPipeline({ pipelineType: 'profiler', raiseOnError: false }), aService());
    expect(workflow['workflowConfig']).toMatchObject({ raiseOnError: false });
  });

  it('stages usage where the pipeline says, else where OpenMetadata’s schema does', () => {
    const usage = (config: object) =>
      workflowOf(aPipeline({ pipelineType: 'usage', sourceConfig: { config: { ...config } } }), aService());
    expect(usage({ stageFileLocation: '/data/log' })).toMatchObject({
      source: { type: 'mysql-usage' },
      stage: { config: { filename: '/data/log' } },
      bulkSink: { config: { filename: '/data/log' } },
    });
    expect(usage({})).toMatchObject({ stage: { config: { filename: '/tmp/query_log' } } });
  });

  it('tells the sink of data insight how the service reaches search, and what the pipeline says of it', () => {
    const service = aService({
      name: 'OpenMetadata',
      connection: {
        config: { type: 'OpenMetadata', elasticsSearch: { config: { host: 'search', port: 9200 } } },
      },
    });
    const pipeline = aPipeline({
      pipelineType: 'dataInsight',
      sourceConfig: { config: { type: 'MetadataToElasticSearch', useSSL: true, batchSize: 10, caCerts: '' } },
    });
    expect(workflowOf(pipeline, service)['sink']).toEqual({
      type: 'elasticsearch',
      config: { host: 'search', port: 9200, use_ssl: true },
    });
  });

  it('gives every known type a workflow that names its pipeline', () => {
    for (const pipelineType of PIPELINE_TYPES) {
      const pipeline = { ...(pipelineType === 'application' ? application : aPipeline()), pipelineType };
      expect(workflowOf(pipeline, aService())['ingestionPipelineFQN']).toBe('mysql.nightly');
    }
  });

  it.each([
    [aPipeline({ pipelineType: 'dreams' }), aService(), 'no workflow is known for pipelineType dreams'],
    [aPipeline(), undefined, 'needs its service'],
    [
      aPipeline({ openMetadataServerConnection: undefined }),
      aService(),
      'lacks openMetadataServerConnection,',
    ],
    [
      aPipeline({ openMetadataServerConnection: { hostPort: 'x' } }),
      aService(),
      'lacks openMetadataServerConnection.securityConfig',
    ],
    [aPipeline({ pipelineType: 'application' }), undefined, 'lacks sourcePythonClass'],
    [aPipeline({ pipelineType: 'dataInsight', service: undefined }), undefined, 'names no service'],
  ])('refuses what a run could not use, and says what is missing', (pipeline, service, said) => {
    expect(() => workflowOf(pipeline, service)).toThrow(WorkflowError);
    expect(() => workflowOf(pipeline, service)).toThrow(said);
  });
});

describe('withAppConfig', () => {
  it('lays the configuration of one run over that of the application', () => {
    const workflow = withAppConfig(workflowOf(application, undefined), { depth: 5 });
    expect(workflow['appConfig']).toEqual({ type: 'Example', depth: 5, mode: 'all' });
  });

  it('is refused for a workflow without an application', () => {
    expect(() => withAppConfig(workflowOf(aPipeline(), aService()), {})).toThrow(
      'only a pipeline of type application',
    );
  });
});

describe('securityConfigOf', () => {
  it('is the JSON of how a run identifies, or nothing', () => {
    expect(securityConfigOf(aPipeline())).toBe(
      JSON.stringify(aPipeline().openMetadataServerConnection?.['securityConfig']),
    );
    expect(securityConfigOf(aPipeline({ openMetadataServerConnection: undefined }))).toBeUndefined();
  });
});
