import { openapiDefinitions } from '../../kubernetes/openapi/schema.ts';
import { apiVersionOf, type Catalogue, type Served } from '../registry/catalogue.ts';

const PATCHES = [
  'application/json-patch+json',
  'application/merge-patch+json',
  'application/apply-patch+yaml',
];
const STRATEGIC = 'application/strategic-merge-patch+json';

/** Query parameters that every write takes; kubectl looks for fieldValidation before it trusts the server's checks. */
const PARAMETERS = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
  name,
  in: 'query',
  schema: { type: 'string', uniqueItems: true },
}));

/** GET /openapi/v3: where the document of each group and version is. */
export function openapiIndex(catalogue: Catalogue): object {
  const paths: Record<string, object> = {};
  for (const groupVersion of new Set(catalogue.all().map(({ info }) => apiVersionOf(info)))) {
    const path = pathOf(groupVersion);
    paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${catalogue.revision}` };
  }
  return { paths };
}

function pathOf(groupVersion: string): string {
  return groupVersion.includes('/') ? `apis/${groupVersion}` : `api/${groupVersion}`;
}

/** GET /openapi/v3/api/v1 and the like: schemas and patch operations; undefined when it isn't served. */
export function openapiDocument(catalogue: Catalogue, path: string): object | undefined {
  const served = catalogue.all().filter(({ info }) => pathOf(apiVersionOf(info)) === path);
  if (served.length === 0) return undefined;
  const paths = Object.fromEntries(served.map((one) => [itemPath(one), { patch: patchOf(one) }]));
  return { openapi: '3.0.0', info: INFO, paths, components: { schemas: schemasOf(served) } };
}

const INFO = { title: 'kubelite', version: 'v1.34.0' };

function itemPath({ info }: Served): string {
  const namespace = info.namespaced ? 'namespaces/{namespace}/' : '';
  return `/${pathOf(apiVersionOf(info))}/${namespace}${info.plural}/{name}`;
}

function patchOf({ info, schema }: Served): object {
  const types = schema.mergeSchema ? [...PATCHES, STRATEGIC] : PATCHES;
  const content = Object.fromEntries(types.map((type) => [type, { schema: { type: 'object' } }]));
  return {
    operationId: `patch${info.kind}`,
    parameters: PARAMETERS,
    requestBody: { content, required: true },
    responses: { '200': { description: 'OK' } },
    'x-kubernetes-action': 'patch',
    'x-kubernetes-group-version-kind': gvk(info),
  };
}

function gvk({ group, version, kind }: Served['info']): object {
  return { group, version, kind };
}

/** Built-in kinds share their definitions; a custom resource has one of its own. */
function schemasOf(served: readonly Served[]): object {
  const custom: Record<string, object> = {};
  for (const { info, schema, custom: isCustom } of served) {
    if (!isCustom) continue;
    const name = `${info.group.split('.').reverse().join('.')}.${info.version}.${info.kind}`;
    custom[name] = { ...schema.openapi, 'x-kubernetes-group-version-kind': [gvk(info)] };
  }
  return served.some(({ custom: isCustom }) => !isCustom) ? { ...openapiDefinitions, ...custom } : custom;
}

/** GET /openapi/v2: the same for clients that ask for the older form. */
export function openapiV2(catalogue: Catalogue): object {
  const paths = Object.fromEntries(
    catalogue.all().map((one) => {
      const { requestBody: _body, ...patch } = patchOf(one) as Record<string, unknown>;
      const parameters = PARAMETERS.map(({ name }) => ({ name, in: 'query', type: 'string' }));
      return [itemPath(one), { patch: { ...patch, parameters } }];
    }),
  );
  return { swagger: '2.0', info: INFO, paths, definitions: {} };
}
