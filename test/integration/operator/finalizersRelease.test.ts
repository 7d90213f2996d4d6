import { afterEach, describe, expect, it } from 'vitest';
import { finalizersRelease } from '../../../src/actions/finalizersRelease.ts';
import { installCrds } from '../../../src/actions/installCrds.ts';
import { runs } from '../../../src/actions/resources.ts';
import { FINALIZER, LABEL } from '../../../src/core/naming/naming.ts';
import type { RequestRecord } from '../../../src/kube/client/call.ts';
import { createKubeClient } from '../../../src/kube/client/kubeClient.ts';
import { namespaces, pods } from '../../../src/kube/resources.ts';
import { inProcessTransport } from '../../../src/kube/transport/inProcessTransport.ts';
import type { Kubelite } from '../../../src/kubelite/kubelite.ts';
import { systemClock as clock, systemRandom as random } from '../../../src/ports/clock.ts';
import { openKubelite } from '../../support/kubelite.ts';

const RUNS = 400;
const NAMESPACES = ['one', 'two'];

let kubelite: Kubelite;

afterEach(() => kubelite.stop());

async function start() {
  kubelite = await openKubelite({ kubelet: 'none' });
  const requests: RequestRecord[] = [];
  const client = createKubeClient({
    transport: inProcessTransport(kubelite.handler),
    clock,
    random,
    userAgent: 'endwell-test',
    onRequest: (record) => void requests.push(record),
  });
  await installCrds(client);
  for (const name of NAMESPACES) {
    await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    for (let index = 0; index < RUNS / 2; index += 1) {
      const metadata = {
        name: `r${index}`,
        namespace: name,
        finalizers: [FINALIZER.exitOwed, 'test.dev/other'],
      };
      const spec = { main: { spec: { containers: [{ name: 'main', image: 'x' }] } } };
      await client.create(runs, { apiVersion: 'endwell.dev/v1', kind: 'Run', metadata, spec });
      for (const stage of ['m', 'x']) {
        await client.create(pods, {
          metadata: {
            name: `r${index}-${stage}1`,
            namespace: name,
            labels: { [LABEL.runUid]: `u${index}` },
            finalizers: stage === 'm' ? [FINALIZER.outcome] : [],
          },
          spec: { containers: [{ name: 'main', image: 'x' }] },
        });
      }
    }
  }
  return { client, requests };
}

describe('finalizersRelease, on 1,200 objects', () => {
  it('frees one namespace, then all, page by page; once more changes nothing', async () => {
    const { client, requests } = await start();
    const held = async (namespace: string) => {
      const all = [
        ...(await client.listAll(runs, { namespace })).items,
        ...(await client.listAll(pods, { namespace })).items,
      ];
      return all.filter(({ metadata }) =>
        metadata?.finalizers?.some((name) => name.startsWith('endwell.dev/')),
      ).length;
    };
    expect(await held('one')).toBe(RUNS);
    expect(await finalizersRelease(client, { namespace: 'one' })).toEqual({
      runs: 200,
      pods: 200,
      failures: [],
    });
    expect([await held('one'), await held('two')]).toEqual([0, RUNS]);
    requests.length = 0;
    expect(await finalizersRelease(client, {})).toEqual({ runs: 200, pods: 200, failures: [] });
    expect(await held('two')).toBe(0);
    requests.length = 0;
    expect(await finalizersRelease(client, {})).toEqual({ runs: 0, pods: 0, failures: [] });
    expect(requests.map(({ verb, resource }) => `${verb} ${resource}`)).toEqual([
      'list pods',
      'list pods',
      'list runs',
      'list omjobs',
    ]);
    const [run] = (await client.list(runs, { namespace: 'two', limit: 1 })).items;
    expect(run?.metadata.finalizers, "somebody else's stays").toEqual(['test.dev/other']);
  });
});
