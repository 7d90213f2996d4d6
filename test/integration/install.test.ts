import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ROOT } from '../support/documents.ts';

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly {
    apiGroups: string[];
    resources: string[];
    verbs: string[];
    resourceNames?: string[];
  }[];
}

function manifestsOf(file: string): Manifest[] {
  const text = readFileSync(join(ROOT, 'deploy', file), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

function grantsOf(manifests: readonly Manifest[]) {
  return manifests.flatMap(({ kind, metadata, rules = [] }) =>
    rules.map((rule) => ({ kind, role: metadata.name, ...rule })),
  );
}

const grants = grantsOf(manifestsOf('install.yaml'));

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

describe('the rights of people in deploy/install.yaml', () => {
  const ofOMJobs = (role: string) =>
    grants.filter((grant) => grant.role === role && grant.resources.includes('omjobs'));

  it.each(['endwell-edit', 'endwell-view'])('%s is about OMJobs and CronOMJobs as about runs', (role) => {
    const ofRuns = grants.find((grant) => grant.role === role && grant.resources.includes('runs'));
    expect(ofOMJobs(role)).toMatchObject([
      {
        apiGroups: ['pipelines.openmetadata.org'],
        resources: ['omjobs', 'cronomjobs'],
        verbs: ofRuns?.verbs,
      },
    ]);
  });

  it('the server has on OMJobs what it has on runs', () => {
    const ofRuns = grants.find(
      ({ role, resources }) => role === 'endwell-server' && resources.includes('runs'),
    );
    expect(ofOMJobs('endwell-server')).toMatchObject([{ verbs: ofRuns?.verbs }]);
  });
});

describe('the rights in deploy/pipelines.yaml', () => {
  const ofPipelines = grantsOf(manifestsOf('pipelines.yaml'));

  it('hold in one namespace only, and none is a wildcard', () => {
    expect(new Set(ofPipelines.map(({ kind }) => kind))).toEqual(new Set(['Role']));
    for (const { role, apiGroups, resources, verbs } of ofPipelines)
      expect([...apiGroups, ...resources, ...verbs], role).not.toContain('*');
  });

  it('let the pods of pipelines read no Secret and change nothing', () => {
    const ofPods = ofPipelines.filter(({ role }) => role === 'openmetadata-ingestion');
    expect(ofPods.flatMap(({ resources }) => resources)).toEqual(['pods', 'pods/log', 'events']);
    expect(new Set(ofPods.flatMap(({ verbs }) => verbs))).toEqual(new Set(['get', 'list']));
  });
});

describe('the rights in deploy/rbac.legacy.yaml', () => {
  const legacy = manifestsOf('rbac.legacy.yaml');
  const nameOf = ({ kind, metadata }: Manifest) => `${kind}/${metadata.namespace}/${metadata.name}`;

  it('take the place of the least ones: each object is one of deploy/pipelines.yaml', () => {
    expect(manifestsOf('pipelines.yaml').map(nameOf)).toEqual(expect.arrayContaining(legacy.map(nameOf)));
  });

  it('are those that OpenMetadata documents, no more and no less', () => {
    const verbs = ['get', 'list', 'create', 'update', 'patch', 'delete'];
    expect(grantsOf(legacy)).toEqual([
      {
        kind: 'Role',
        role: 'openmetadata-ingestion',
        apiGroups: [''],
        resources: ['pods', 'pods/log', 'configmaps', 'secrets', 'events'],
        verbs,
      },
      {
        kind: 'Role',
        role: 'openmetadata-ingestion',
        apiGroups: ['batch'],
        resources: ['jobs', 'cronjobs'],
        verbs,
      },
    ]);
  });
});
