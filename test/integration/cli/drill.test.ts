import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { installCrds } from '../../../src/actions/installCrds.ts';
import { runs } from '../../../src/actions/resources.ts';
import { namespaces, pods } from '../../../src/kube/resources.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { clientOf } from '../../support/cluster.ts';
import { eventually } from '../../support/eventually.ts';
import { openKubelite } from '../../support/kubelite.ts';
import { ended, useUp } from './useUp.ts';

/** A drill lives through waits of its own, of a minute in all: far more is a hang. */
const HANG_MS = 300_000;

const { cli, start, data, folder } = useUp();

async function withClient<T>(kubeconfig: string, work: (client: KubeClient) => Promise<T>): Promise<T> {
  const client = await clientOf(kubeconfig);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

const onUp = <T>(work: (client: KubeClient) => Promise<T>) => withClient(join(data, 'kubeconfig'), work);

const namesOf = async (client: KubeClient) =>
  (await client.list(namespaces)).items.map(({ metadata }) => metadata?.name);

const makeNamespace = (client: KubeClient, name: string, labels: Record<string, string>) =>
  client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });

describe('endwell drill', () => {
  it(
    'keeps every promise on a cluster that is well, removes what an earlier one left, and leaves nothing',
    async () => {
      await onUp((client) => makeNamespace(client, 'endwell-drill', { 'endwell.dev/drill': 'namespace' }));
      const { code, out, err } = await cli(['drill', '--yes', '--runs', '14', '-o', 'json']);
      const report = JSON.parse(out) as {
        ok: boolean;
        figures: Record<string, number>;
        times: Record<string, number | null>;
        faults: Record<string, number>;
        skipped: { fault: string; why: string }[];
      };
      expect(report, err).toMatchObject({
        ok: true,
        runs: { planned: 14, made: 14 },
        breaches: [],
        removed: true,
      });
      expect(code).toBe(0);
      expect(new Set(Object.values(report.figures))).toEqual(new Set([0]));
      expect(report.times['mainEndToHandlerP50']).toBeGreaterThan(0);
      expect(report.faults).toMatchObject({
        'pending main pod deleted': 1,
        'running main pod deleted': 1,
        'running main pod deleted by force': 1,
        'running handler pod deleted': 1,
        'running handler pod deleted by force': 1,
        'run cancelled while it runs': 1,
        'run deleted while it runs': 1,
      });
      expect(report.faults['watch connections cut']).toBeGreaterThan(0);
      expect(report.skipped).toEqual([
        {
          fault: 'leading operator restarted',
          why: expect.stringContaining('outside of the cluster') as unknown,
        },
      ]);
      expect(err).toContain('succeeds-1: Succeeded, Completed');
      expect(await onUp(namesOf)).not.toContain('endwell-drill');
    },
    HANG_MS,
  );

  it(
    'removes everything at Ctrl-C, and says so',
    async () => {
      const child = start(['drill', '--data', data, '-n', 'stopped-drill']);
      const result = ended(child);
      await onUp((client) =>
        eventually(
          async () => (await client.list(pods, { namespace: 'stopped-drill' })).items.length > 0,
          'a pod of the drill',
        ),
      );
      child.kill('SIGINT');
      const { code, out, err } = await result;
      expect(code, err).toBe(130);
      expect(err).toMatch(
        /interrupted: removing namespace stopped-drill\n.*nothing of the drill is left\n$/s,
      );
      expect(out).toBe('');
      await onUp(async (client) => {
        expect(await namesOf(client)).not.toContain('stopped-drill');
        expect((await client.list(runs, { namespace: 'stopped-drill' })).items).toEqual([]);
      });
    },
    HANG_MS,
  );

  it('refuses a namespace that is in use, and leaves it as it is', async () => {
    const before = await onUp((client) => client.get(namespaces, { name: 'default' }));
    const { code, err } = await cli(['drill', '-n', 'default', '--yes']);
    expect(code).toBe(3);
    expect(err).toMatch(/^endwell: namespace default is in use: .*--namespace\n$/);
    expect(await onUp((client) => client.get(namespaces, { name: 'default' }))).toEqual(before);
  });

  it('names the namespace of an earlier drill, and touches it only with --yes', async () => {
    await onUp((client) => makeNamespace(client, 'old-drill', { 'endwell.dev/drill': 'namespace' }));
    const { code, err } = await cli(['drill', '-n', 'old-drill']);
    expect(code).toBe(3);
    expect(err).toMatch(/^endwell: namespace old-drill is left over from an earlier drill .*--yes/);
    expect(await onUp(namesOf)).toContain('old-drill');
  });

  it.each([
    [['--runs', '3'], '--runs 3: it must be a whole number from 14 to 200'],
    [['--seconds', 'long'], '--seconds long'],
    [['-n', 'Not A Name'], '--namespace Not A Name'],
    [['-o', 'wide'], 'json, yaml'],
  ])('refuses %j with exit code 2', async (flags, says) => {
    const { code, err } = await cli(['drill', ...flags]);
    expect(code).toBe(2);
    expect(err).toContain(says);
  });

  it('says that it can not reach a cluster, with exit code 5', async () => {
    const path = join(folder, 'nowhere');
    writeFileSync(
      path,
      `{apiVersion: v1, kind: Config, current-context: c, clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}],
        users: [{name: c, user: {}}], contexts: [{name: c, context: {cluster: c, user: c}}]}`,
    );
    const { code, err } = await ended(start(['drill', '--kubeconfig', path]));
    expect([code, err.trim().split('\n').length]).toEqual([5, 1]);
  });
});

describe('endwell drill where no operator works', () => {
  it(
    'says within its limit that nobody accepts runs and why that may be, and leaves nothing',
    async () => {
      const kubelite = await openKubelite({ kubelet: 'none' });
      try {
        await kubelite.listen(0);
        const kubeconfig = join(folder, 'no-operator');
        writeFileSync(kubeconfig, kubelite.kubeconfig(), { mode: 0o600 });
        const none = await ended(start(['drill', '--kubeconfig', kubeconfig]));
        expect(none.code).toBe(3);
        expect(none.err).toContain('this cluster has no runs: install them by endwell crds | kubectl apply');
        await withClient(kubeconfig, (client) => installCrds(client));
        const { code, out, err } = await ended(start(['drill', '--kubeconfig', kubeconfig]));
        expect(code, err).toBe(1);
        expect(out).toMatch(/^not accepted +5 +0$/m);
        expect(out).toMatch(
          /^BROKEN: 5 not accepted; cut short after 5 of 24 runs: no run was accepted within 30 s; none has ever led in this cluster: start an operator by endwell operator/m,
        );
        expect(await withClient(kubeconfig, namesOf)).not.toContain('endwell-drill');
      } finally {
        await kubelite.stop();
      }
    },
    HANG_MS,
  );
});
