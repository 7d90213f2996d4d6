import { beforeAll, describe, expect, it } from 'vitest';
import { namespaces } from '../../src/kube/resources.ts';
import { type Account, useAccounts } from '../support/account.ts';
import { SHELL_IMAGE } from '../support/cluster.ts';
import { endwell, useProduct } from '../support/product.ts';

const product = useProduct();
const accounts = useAccounts();

let user: Account;

beforeAll(async () => {
  user = await accounts().account(await product().namespace(), 'user', { edits: true, connects: true });
});

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const drill = (kubeconfig: string, namespace: string): Promise<Ended> =>
  endwell(['drill', '--kubeconfig', kubeconfig, '-n', namespace, '--image', SHELL_IMAGE, '-o', 'json']).then(
    (done) => ({ code: 0, ...done }),
    (error: Ended) => error,
  );

const exists = async (name: string) =>
  (await product().client.list(namespaces)).items.some(({ metadata }) => metadata?.name === name);

describe('endwell drill', () => {
  it('without the rights that it needs names each with its rule, and changes nothing', async () => {
    const { code, stdout, stderr } = await drill(user.kubeconfig, 'endwell-drill-denied');
    expect([code, stdout], stderr).toEqual([3, '']);
    expect(stderr).toContain(
      'missing right: create namespaces; add the rule { apiGroups: [""], resources: [namespaces], verbs: [create] }\n',
    );
    expect(stderr).toContain('missing right: create pods in namespace endwell-drill-denied; add the rule');
    expect(stderr.trim().split('\n').at(-1)).toMatch(
      /^endwell: the drill needs \d+ more rights.*nothing was changed$/,
    );
    expect(await exists('endwell-drill-denied')).toBe(false);
  });

  it('finds every promise kept, also while the leading operator is restarted, and leaves nothing', async () => {
    const { code, stdout, stderr } = await drill(product().kubeconfig, 'endwell-drill-real');
    expect(JSON.parse(stdout), stderr).toMatchObject({
      ok: true,
      breaches: [],
      removed: true,
      faults: { 'leading operator restarted': 1, 'running main pod deleted by force': 1 },
      skipped: [],
    });
    expect(code).toBe(0);
    expect(await exists('endwell-drill-real')).toBe(false);
  });
});
