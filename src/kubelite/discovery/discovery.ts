import { apiVersionOf, type Catalogue, type Served } from '../registry/catalogue.ts';
import { VIRTUAL_RESOURCES, type VirtualResource } from './virtual.ts';

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];

/** One line of what is served: a resource, or a subresource of one. */
interface Line {
  readonly group: string;
  readonly version: string;
  /** With its subresource: `pods/log`. */
  readonly name: string;
  readonly kind: string;
  /** `group/version` of the bodies, where it differs. */
  readonly kindVersion?: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
}

/** Everything that is served, by `group/version` in the order of preference. */
function linesOf(catalogue: Catalogue): Map<string, Line[]> {
  const lines = [...catalogue.all().flatMap(servedLines), ...VIRTUAL_RESOURCES.map(virtualLine)];
  const byVersion = new Map<string, Line[]>();
  for (const line of lines) {
    const key = apiVersionOf(line);
    byVersion.set(key, [...(byVersion.get(key) ?? []), line]);
  }
  return byVersion;
}

function servedLines({ info }: Served): Line[] {
  const { group, version, kind, plural, singular, namespaced, shortNames, categories } = info;
  const line = {
    group,
    version,
    name: plural,
    kind,
    singular,
    namespaced,
    verbs: VERBS,
    shortNames,
    categories,
  };
  const status = {
    ...line,
    name: `${plural}/status`,
    singular: '',
    verbs: STATUS_VERBS,
    shortNames: [],
    categories: [],
  };
  return info.hasStatus ? [line, status] : [line];
}

function virtualLine({ group, version, name, kind, kindVersion, namespaced, verbs }: VirtualResource): Line {
  const singular = name.includes('/') ? '' : kind.toLowerCase();
  const line = { group, version, name, kind, singular, namespaced, verbs, shortNames: [], categories: [] };
  return kindVersion === undefined ? line : { ...line, kindVersion };
}

/** The groups other than the core one, in order, with their versions. */
function groupsOf(catalogue: Catalogue): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [line] of linesOf(catalogue).values()) {
    if (!line || line.group === '') continue;
    groups.set(line.group, [...(groups.get(line.group) ?? []), line.version]);
  }
  return groups;
}

/** GET /api */
export function coreVersions(): object {
  return { kind: 'APIVersions', versions: ['v1'], serverAddressByClientCIDRs: [] };
}

/** GET /apis */
export function groupList(catalogue: Catalogue): object {
  const groups = [...groupsOf(catalogue)].map(([name, versions]) => groupOf(name, versions));
  return { kind: 'APIGroupList', apiVersion: 'v1', groups };
}

/** GET /apis/GROUP; undefined when it isn't served. */
export function groupDocument(catalogue: Catalogue, name: string): object | undefined {
  const versions = groupsOf(catalogue).get(name);
  return versions && { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(name, versions) };
}

function groupOf(name: string, versions: readonly string[]): object {
  const all = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: all, preferredVersion: all[0] };
}

/** GET /api/v1 or /apis/GROUP/VERSION; undefined when it isn't served. */
export function resourceList(catalogue: Catalogue, groupVersion: string): object | undefined {
  const lines = linesOf(catalogue).get(groupVersion);
  if (!lines) return undefined;
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion, resources: lines.map(legacyResource) };
}

function legacyResource(line: Line): object {
  const [group, version] = line.kindVersion?.split('/') ?? [];
  return {
    name: line.name,
    singularName: line.singular,
    namespaced: line.namespaced,
    kind: line.kind,
    verbs: line.verbs,
    ...(group === undefined ? {} : { group, version }),
    ...(line.shortNames.length > 0 ? { shortNames: line.shortNames } : {}),
    ...(line.categories.length > 0 ? { categories: line.categories } : {}),
  };
}

/** GET /api or /apis in the aggregated form: all that kubectl needs, in one answer. */
export function aggregated(catalogue: Catalogue, root: 'api' | 'apis'): object {
  const groups = new Map<string, object[]>();
  for (const lines of linesOf(catalogue).values()) {
    const [first] = lines;
    if (!first || (first.group === '') !== (root === 'api')) continue;
    const version = { version: first.version, resources: aggregatedResources(lines), freshness: 'Current' };
    groups.set(first.group, [...(groups.get(first.group) ?? []), version]);
  }
  const items = [...groups].map(([name, versions]) => ({
    metadata: { ...(name === '' ? {} : { name }), creationTimestamp: null },
    versions,
  }));
  return { kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2', metadata: {}, items };
}

function aggregatedResources(lines: readonly Line[]): object[] {
  return lines
    .filter(({ name }) => !name.includes('/'))
    .map((line) => {
      const subresources = lines
        .filter(({ name }) => name.startsWith(`${line.name}/`))
        .map((one) => ({
          subresource: one.name.slice(line.name.length + 1),
          responseKind: responseKind(one),
          verbs: one.verbs,
        }));
      return {
        resource: line.name,
        responseKind: responseKind(line),
        scope: line.namespaced ? 'Namespaced' : 'Cluster',
        singularResource: line.singular,
        verbs: line.verbs,
        ...(line.shortNames.length > 0 ? { shortNames: line.shortNames } : {}),
        ...(line.categories.length > 0 ? { categories: line.categories } : {}),
        ...(subresources.length > 0 ? { subresources } : {}),
      };
    });
}

function responseKind(line: Line): object {
  const [group = line.group, version = line.version] = line.kindVersion?.split('/') ?? [];
  return { group, version, kind: line.kind };
}
