import { describe, expect, it } from 'vitest';
import { BadRequestError, NotFoundError } from '../../src/kube/errors.ts';
import { pods } from '../../src/kube/resources.ts';
import type { LogOptions } from '../../src/kube/types.ts';
import { endedPod, shellPod, useCluster } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';

const cluster = useCluster();

async function start(script: string) {
  const namespace = await cluster().namespace();
  await cluster().client.create(pods, { ...shellPod('p', script), metadata: { name: 'p', namespace } });
  return namespace;
}

async function read(namespace: string, options: LogOptions = {}): Promise<string> {
  let text = '';
  for await (const chunk of await cluster().client.podLog({ namespace, name: 'p' }, options))
    text += Buffer.from(chunk).toString();
  return text;
}

describe('the log of a container', () => {
  it('is there after the end, whole, by lines from the end, or by bytes from the start', async () => {
    const namespace = await start('for i in 1 2 3 4 5; do echo line $i; done; echo to stderr >&2');
    await endedPod(cluster().client, namespace, 'p');
    const whole = await read(namespace);
    expect(whole.split('\n').sort().join('\n').trim()).toBe(
      ['line 1', 'line 2', 'line 3', 'line 4', 'line 5', 'to stderr'].join('\n'),
    );
    expect((await read(namespace, { tailLines: 2 })).trimEnd().split('\n')).toHaveLength(2);
    expect(await read(namespace, { limitBytes: 6 })).toBe(whole.slice(0, 6));
  });

  it('followed gives what comes and ends with the container', async () => {
    const namespace = await start('echo one; sleep 1; echo two');
    await eventually(
      () =>
        read(namespace).then(
          (text) => text.includes('one'),
          () => false,
        ),
      'the first line',
    );
    expect(await read(namespace, { follow: true })).toBe('one\ntwo\n');
  });

  it('with timestamps says when each line was written', async () => {
    const namespace = await start('echo one');
    await endedPod(cluster().client, namespace, 'p');
    expect(await read(namespace, { timestamps: true })).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z one\n$/);
  });

  it('since a time leaves out what is older', async () => {
    const namespace = await start('echo one; sleep 3; echo two');
    const pod = await endedPod(cluster().client, namespace, 'p');
    const end = Date.parse(pod.status?.containerStatuses?.[0]?.state?.terminated?.finishedAt ?? '');
    const sinceTime = new Date(end - 1_000).toISOString().replace(/\.\d+/, '');
    expect(await read(namespace, { sinceTime })).toBe('two\n');
    expect(await read(namespace, { sinceSeconds: 3_600 })).toBe('one\ntwo\n');
  });

  it('of the earlier instance is there while the next one runs', async () => {
    const namespace = await cluster().namespace();
    const script =
      'if [ -e /state/x ]; then echo second; sleep 600; else touch /state/x; echo first; exit 1; fi';
    const pod = shellPod('p', script, (spec) => {
      spec.restartPolicy = 'OnFailure';
      spec.volumes = [{ name: 'state', emptyDir: {} }];
      const [main] = spec.containers;
      if (main) main.volumeMounts = [{ name: 'state', mountPath: '/state' }];
    });
    await cluster().client.create(pods, { ...pod, metadata: { name: 'p', namespace } });
    await eventually(
      async () => (await read(namespace).catch(() => '')) === 'second\n',
      'the second instance to speak',
    );
    expect(await read(namespace, { previous: true })).toBe('first\n');
  });

  it('of an earlier instance that never was, and of a container that is not there, is refused', async () => {
    const namespace = await start('true');
    await endedPod(cluster().client, namespace, 'p');
    await expect(read(namespace, { previous: true })).rejects.toThrow(BadRequestError);
    await expect(read(namespace, { container: 'nosuch' })).rejects.toThrow(BadRequestError);
  });

  it('is gone with its pod', async () => {
    const namespace = await start('echo one');
    await endedPod(cluster().client, namespace, 'p');
    await cluster().client.delete(pods, { namespace, name: 'p' });
    await eventually(
      () =>
        cluster()
          .client.get(pods, { namespace, name: 'p' })
          .then(
            () => false,
            () => true,
          ),
      'the pod to be gone',
    );
    await expect(read(namespace)).rejects.toThrow(NotFoundError);
  });
});
