import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { Pod } from '../pod.ts';
import type { ConfigSources } from './configSources.ts';
import { containerEnv } from './containerEnv.ts';

const data = (values: Record<string, string>) =>
  new Map(Object.entries(values).map(([key, text]) => [key, Buffer.from(text)]));
const sources: ConfigSources = {
  configMap: (_namespace, name) => (name === 'settings' ? data({ color: 'red', size: '3' }) : undefined),
  secret: (_namespace, name) => (name === 'login' ? data({ password: 'p' }) : undefined),
};
const node = { cpus: 4, memoryBytes: 8 * 1024 ** 3, diskBytes: 1 };

function env(container: Partial<Container>): Record<string, string> {
  const whole = { name: 'main', ...container };
  const metadata = { name: 'p', namespace: 'ns', uid: 'u', labels: { app: 'x' } };
  const pod = { metadata, spec: { containers: [whole], nodeName: 'here' } } as unknown as Pod;
  return containerEnv({ pod, container: whole, sources, node });
}

describe('containerEnv', () => {
  it('expands a value with those before it, envFrom first', () => {
    const from = [{ configMapRef: { name: 'settings' }, prefix: 'S_' }];
    const vars = [
      { name: 'ALL', value: '$(S_color)-$(LATER)' },
      { name: 'LATER', value: 'x' },
    ];
    expect(env({ envFrom: from, env: vars })).toEqual({
      S_color: 'red',
      S_size: '3',
      ALL: 'red-$(LATER)',
      LATER: 'x',
    });
  });

  it('reads fields and resources of the pod', () => {
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
    const resource = (name: string, of: string, divisor?: string) => ({
      name,
      valueFrom: { resourceFieldRef: divisor === undefined ? { resource: of } : { resource: of, divisor } },
    });
    const vars = [
      field('NAME', 'metadata.name'),
      field('LABEL', "metadata.labels['app']"),
      field('NODE', 'spec.nodeName'),
      resource('CPU', 'limits.cpu'),
      resource('MILLI', 'requests.cpu', '1m'),
      resource('MEMORY', 'limits.memory', '1Mi'),
    ];
    const resources = { requests: { cpu: '250m' } };
    expect(env({ env: vars, resources })).toEqual({
      NAME: 'p',
      LABEL: 'x',
      NODE: 'here',
      CPU: '4',
      MILLI: '250',
      MEMORY: '8192',
    });
  });

  it.each([
    [{ secretKeyRef: { name: 'none', key: 'k' } }, 'secret "none" not found'],
    [{ secretKeyRef: { name: 'login', key: 'k' } }, "couldn't find key k in Secret ns/login"],
    [{ configMapKeyRef: { name: 'none', key: 'k' } }, 'configmap "none" not found'],
    [{ configMapKeyRef: { name: 'settings', key: 'k' } }, "couldn't find key k in ConfigMap ns/settings"],
  ])('names what is missing: %j', (valueFrom, message) => {
    expect(() => env({ env: [{ name: 'X', valueFrom }] })).toThrow(message);
  });

  it('leaves out what is optional and missing', () => {
    const valueFrom = { secretKeyRef: { name: 'none', key: 'k', optional: true } };
    expect(
      env({ env: [{ name: 'X', valueFrom }], envFrom: [{ secretRef: { name: 'none', optional: true } }] }),
    ).toEqual({});
  });
});
