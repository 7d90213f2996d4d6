import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readPipelineSettings } from '../pipeline/pipelineSettings.ts';
import { loadSettings } from './loadSettings.ts';
import { pipelineFields, pipelineVariables } from './pipeline.ts';
import { serverSettings } from './server.ts';

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

describe('the settings of pipelines', () => {
  it('are read by one rule: what the server reads of variables, `up` reads, and none of ours names another', () => {
    const names = Object.values(pipelineFields).flatMap(
      (field) => field.meta()?.['variables'] as readonly string[],
    );
    const ours = Object.keys(pipelineFields).map(
      (key) => `ENDWELL_${key.replaceAll(/[A-Z]+/g, '_$&').toUpperCase()}`,
    );
    const env = Object.fromEntries([
      ...names.map((name) => [name, `value of ${name}`]),
      ...[...ours, 'ENDWELL_NAMESPACE'].map((name) => [name, 'wrong']),
    ]) as Record<string, string>;
    const sources = { argv: [], env, readFile: () => '', parseFile: parse };
    const { values, origins } = loadSettings(serverSettings, sources);
    const read = Object.keys(pipelineFields).map((key) => [key, values[key as keyof typeof values]]);
    expect(Object.fromEntries(read)).toEqual(pipelineVariables(env));
    expect(origins['namespace']).toBe('variable K8S_NAMESPACE');
  });
});
