import type { CustomResourceDefinition } from 'kubernetes-types/apiextensions/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { FakeApi } from '../../../actions/testing/fakeApi.ts';
import { omJobCrd } from '../../../crd/omJobCrd.ts';
import { customResourceDefinitions } from '../../../kube/resources.ts';
import { virtualClock } from '../../../ports/testing/virtualClock.ts';
import { checkCrds } from './checks.ts';

const OURS = omJobCrd() as CustomResourceDefinition;
const SERVED = { conditions: [{ type: 'Established', status: 'True' }] } as unknown as NonNullable<
  CustomResourceDefinition['status']
>;

function withSchema(
  schema: CustomResourceDefinition['spec']['versions'][0]['schema'],
): CustomResourceDefinition {
  const versions = OURS.spec.versions.map((version) => ({ ...version, ...(schema && { schema }) }));
  return { ...OURS, spec: { ...OURS.spec, versions } };
}

async function foundOf(crd: CustomResourceDefinition) {
  const api = new FakeApi(virtualClock());
  api.cluster.put(customResourceDefinitions, { ...crd, status: SERVED });
  const all = await checkCrds(api.client());
  return all.find(({ check }) => check === 'CRD omjobs.pipelines.openmetadata.org');
}

describe('checkCrds', () => {
  it('is content with a definition of ours, whoever else has held it', async () => {
    const annotations = { 'meta.helm.sh/release-name': 'openmetadata' };
    const kept = { ...OURS, metadata: { ...OURS.metadata, annotations } };
    expect(await foundOf(kept)).toMatchObject({ ok: true, said: 'installed and current' });
  });

  it('is content with one that was applied over another, whose words and fields have stayed', async () => {
    const schema = structuredClone(OURS.spec.versions[0]?.schema);
    const root = schema?.openAPIV3Schema?.properties?.['spec'];
    if (root === undefined) throw new Error('it has no spec');
    root.description = 'of the chart';
    root.properties = { ...root.properties, theirs: { type: 'string' } };
    expect(await foundOf(withSchema(schema))).toMatchObject({ ok: true });
    root.required = [...(root.required ?? []), 'theirs'];
    expect(await foundOf(withSchema(schema))).toMatchObject({ ok: false });
    root.required = ['mainPodSpec'];
    root.minProperties = 2;
    expect(await foundOf(withSchema(schema))).toMatchObject({ ok: false });
  });

  it('tells the definition of a chart by its release, and how to put ours over it', async () => {
    const annotations = { 'meta.helm.sh/release-name': 'openmetadata' };
    const versions = OURS.spec.versions.map((version) => ({ ...version, schema: {} }));
    const chart = { ...OURS, metadata: { ...OURS.metadata, annotations }, spec: { ...OURS.spec, versions } };
    expect(await foundOf(chart)).toMatchObject({
      ok: false,
      said: expect.stringContaining('that of Helm release openmetadata'),
      fix: 'endwell crds | kubectl apply --server-side --force-conflicts -f -',
    });
  });
});
