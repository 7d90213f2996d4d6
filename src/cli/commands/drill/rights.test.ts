import type { SelfSubjectAccessReview } from 'kubernetes-types/authorization/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { KubeClient } from '../../../kube/types.ts';
import { describeMissing, missingRights, neededRights, type Right } from './rights.ts';

/** An API that lets everything be done but what is named, and remembers what it was asked to create. */
function apiWithout(...denied: readonly string[]) {
  const kinds = new Set<string | undefined>();
  const create = async (_resource: unknown, object: SelfSubjectAccessReview) => {
    kinds.add(object.kind);
    const { verb, resource } = object.spec.resourceAttributes ?? {};
    return { ...object, status: { allowed: !denied.includes(`${verb} ${resource}`) } };
  };
  return { client: { create } as unknown as Pick<KubeClient, 'create'>, kinds };
}

describe('missingRights', () => {
  it('finds none where all is allowed, and only asks', async () => {
    const { client, kinds } = apiWithout();
    expect(await missingRights(client, neededRights('drill'))).toEqual([]);
    expect([...kinds]).toEqual(['SelfSubjectAccessReview']);
  });

  it('names each that is missing, with the rule that gives it', async () => {
    const { client } = apiWithout('create namespaces', 'delete runs');
    expect(describeMissing(await missingRights(client, neededRights('drill')))).toEqual([
      'missing right: create namespaces; add the rule { apiGroups: [""], resources: [namespaces], verbs: [create] }',
      'missing right: delete runs.endwell.dev in namespace drill; add the rule { apiGroups: [endwell.dev], resources: [runs], verbs: [delete] }',
    ]);
  });
});

describe('neededRights', () => {
  it('asks for what has a namespace in that of the drill, and nowhere else', () => {
    const places = (right: Right) => right.resource === 'namespaces' || right.namespace === 'drill';
    expect(neededRights('drill').every(places)).toBe(true);
  });
});
