import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { FakeApi } from '../../../actions/testing/fakeApi.ts';
import { leases, serviceAccounts } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { virtualClock } from '../../../ports/testing/virtualClock.ts';
import { checkOperatorRights, OPERATOR_RIGHTS } from './checkOperatorRights.ts';
import { checkRights, describeChecked } from './checkRights.ts';

interface Asked {
  readonly verb: string;
  readonly resource: string;
  readonly subresource?: string;
}

/** A cluster with the operator installed, that grants all but these rights to everybody. */
function clusterWithout(...denied: string[]) {
  const api = new FakeApi(virtualClock(0));
  const client = api.client();
  const metadata = { namespace: 'endwell-system', name: 'endwell-operator' };
  api.cluster.put(leases, { metadata });
  api.cluster.put(serviceAccounts, { metadata });
  const reviewing = {
    ...client,
    get: client.get.bind(client),
    list: client.list.bind(client),
    async create(_resource: unknown, review: { spec: { resourceAttributes: Asked } }) {
      const { verb, resource, subresource } = review.spec.resourceAttributes;
      const words = `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
      return { ...review, status: { allowed: !denied.includes(words) } };
    },
  };
  return reviewing as unknown as KubeClient;
}

describe('checkRights', () => {
  it('is content, a line for each part, with who may do everything', async () => {
    const findings = await checkRights(clusterWithout(), 'etl');
    expect(findings.map(({ check, ok }) => [check, ok])).toEqual([
      ['rights in namespace etl', true],
      ['rights on schedules', true],
      ['rights on OMJobs', true],
      ['rights on pipelines', true],
    ]);
  });

  it.each([
    ['create runs', 0, 'create runs', false],
    ['patch schedules', 1, 'patch schedules.endwell.dev', true],
    ['list omjobs', 2, 'list omjobs.pipelines.openmetadata.org', true],
    ['patch cronomjobs', 3, 'patch cronomjobs.pipelines.openmetadata.org', true],
    ['create secrets', 3, 'create secrets', true],
  ])('names %s where it is missing', async (right, index, words, ok) => {
    const finding = (await checkRights(clusterWithout(right), 'etl'))[index];
    expect(finding).toMatchObject({ ok, fix: expect.stringContaining('Role') as string });
    expect(finding?.said).toContain(`missing: ${words}`);
  });
});

describe('checkOperatorRights', () => {
  it('names each right that a ClusterRole from before schedules and OMJobs lacks', async () => {
    expect(await checkOperatorRights(clusterWithout())).toMatchObject([{ ok: true }]);
    const older = clusterWithout('watch schedules', 'patch cronomjobs/status');
    expect(await checkOperatorRights(older)).toMatchObject([
      {
        ok: false,
        said: expect.stringMatching(
          /^missing: watch schedules\.endwell\.dev, patch cronomjobs\.pipelines\.openmetadata\.org\/status:/,
        ) as string,
      },
    ]);
  });

  it('says nothing of an operator that runs by another account', async () => {
    const client = new FakeApi(virtualClock(0)).client();
    expect(await checkOperatorRights(client)).toEqual([]);
  });

  it('asks for what the install manifest grants, all of it', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../../deploy/install.yaml'), 'utf8');
    const role = parseAllDocuments(text)
      .map((document) => document.toJS() as { kind: string; metadata: { name: string }; rules: Rule[] })
      .find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'endwell-operator');
    const granted = (role?.rules ?? []).flatMap(({ apiGroups: [group = ''], resources, verbs }) =>
      resources.flatMap((path) => {
        const [resource = '', subresource] = path.split('/');
        return verbs.map((verb) =>
          describeChecked({ verb, group, resource, ...(subresource === undefined ? {} : { subresource }) }),
        );
      }),
    );
    const asked = OPERATOR_RIGHTS.map(describeChecked);
    expect(granted).toEqual(expect.arrayContaining(asked));
    expect(asked).toEqual(expect.arrayContaining(granted.filter((right) => /schedules|omjobs/.test(right))));
  });
});

interface Rule {
  readonly apiGroups: string[];
  readonly resources: string[];
  readonly verbs: string[];
}
