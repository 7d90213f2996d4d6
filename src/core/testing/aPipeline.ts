import type { IngestionPipeline, PipelineService } from '../pipeline/entity.ts';

/** An IngestionPipeline of metadata as OpenMetadata's API gives it, with what a test changes. */
export function aPipeline(change: Partial<IngestionPipeline> = {}): IngestionPipeline {
  return {
    id: 'c9a3d5f2-2f0e-4d7c-9a43-0f6f3f0f7a11',
    name: 'nightly',
    fullyQualifiedName: 'mysql.nightly',
    pipelineType: 'metadata',
    sourceConfig: { config: { type: 'DatabaseMetadata' } },
    service: {
      id: '5a8e0c1d-0c1b-4b8e-8f0a-6a3b1c2d3e4f',
      type: 'databaseService',
      name: 'mysql',
      fullyQualifiedName: 'mysql',
    },
    airflowConfig: { scheduleInterval: '@daily', pipelineTimezone: 'Europe/Berlin' },
    openMetadataServerConnection: {
      hostPort: 'http://openmetadata:8585/api',
      authProvider: 'openmetadata',
      securityConfig: { jwtToken: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJib3QifQ.c2lnbmF0dXJl' },
    },
    enabled: true,
    ...change,
  };
}

/** A database service as OpenMetadata's API gives it, with what a test changes. */
export function aService(change: Partial<PipelineService> = {}): PipelineService {
  return {
    id: '5a8e0c1d-0c1b-4b8e-8f0a-6a3b1c2d3e4f',
    name: 'mysql',
    fullyQualifiedName: 'mysql',
    serviceType: 'Mysql',
    connection: {
      config: {
        type: 'Mysql',
        scheme: 'mysql+pymysql',
        username: 'reader',
        authType: { password: 'p4ssw0rd' },
        hostPort: 'mysql:3306',
      },
    },
    ...change,
  };
}
