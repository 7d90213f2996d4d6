import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../support/documents.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly {
    apiGroups: string[];
    resources: string[];
    verbs: string[];
    resourceNames?: string[];
  }[];
}

const manifests = parseAllDocuments(readFileSync(join(ROOT, 'deploy', 'install.yaml'), 'utf8')).map(
  (document) => document.toJS() as Manifest,
);
const grants = manifests.flatMap(({ metadata, rules = [] }) =>
  rules.map((rule) => ({ role: metadata.name, ...rule })),
);

describe('the rights in deploy/install.yaml', () => {
  it('are there, and none is a wildcard', () => {
    expect(grants.length).toBeGreaterThan(5);
    for (const { role, apiGroups, resources, verbs } of grants)
      expect([...apiGroups, ...resources, ...verbs], role).not.toContain('*');
  });

  it('reach neither what pods keep secret nor rights themselves', () => {
    const reached = new Set(grants.flatMap(({ resources }) => resources));
    for (const resource of ['secrets', 'pods/exec', 'serviceaccounts', 'roles', 'clusterroles'])
      expect(reached).not.toContain(resource);
  });

  it('read no ConfigMap but the one that is ours, by its name', () => {
    const reads = grants.filter(
      ({ resources, verbs }) => resources.includes('configmaps') && verbs.some((verb) => verb !== 'create'),
    );
    expect(reads.map(({ resourceNames }) => resourceNames)).toEqual([['endwell-admission']]);
  });
});
