import { describe, expect, it } from 'vitest';
import { readPipelineSettings } from '../pipeline/pipelineSettings.ts';
import { pipelineVariables } from './pipeline.ts';

describe('pipelineVariables', () => {
  it('reads what is set by the names of OpenMetadata’s client, and nothing else', () => {
    const env = {
      K8S_NAMESPACE: 'etl',
      USE_OMJOB_OPERATOR: 'false',
      K8S_HOST_IP: '',
      ENDWELL_NAMESPACE: 'x',
    };
    expect(pipelineVariables(env)).toEqual({ namespace: 'etl', useOMJobOperator: 'false' });
    expect(readPipelineSettings(pipelineVariables(env))).toMatchObject({
      namespace: 'etl',
      engine: 'native',
    });
  });
});
