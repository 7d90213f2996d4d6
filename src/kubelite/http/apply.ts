import { required } from '../../kubernetes/fieldError.ts';
import { isObject, type JsonObject } from '../../kubernetes/json.ts';
import { apply } from '../registry/apply/apply.ts';
import { type Core, headOf, type Target, type WriteOptions, type Written } from '../registry/core.ts';
import { createObject } from '../registry/create.ts';
import { type Subresource, updateObject } from '../registry/update.ts';
import { badRequest, invalid, notFound } from '../status.ts';
import type { ResourceInfo } from '../types.ts';
import { readYaml } from './body.ts';
import { isSet } from './query.ts';

/** Server-side apply: creates the object or lays the configuration over it. Refuses fields of other managers (409) unless forced. */
export async function applyPatch(
  core: Core,
  target: Target,
  subresource: Subresource | undefined,
  body: string,
  query: URLSearchParams,
  options: WriteOptions,
): Promise<{ readonly written: Written; readonly created: boolean }> {
  const configuration = readYaml(body);
  if (!isObject(configuration)) throw badRequest('reading apply patch: it must be an object');
  const manager = query.get('fieldManager');
  if (!manager) {
    const kind = { group: 'meta.k8s.io', kind: 'PatchOptions' } as ResourceInfo;
    throw invalid(kind, '', [required('fieldManager', 'is required for apply patch')]);
  }
  if (isObject(configuration['metadata']) && configuration['metadata']['managedFields'] !== undefined) {
    throw badRequest('metadata.managedFields must be nil');
  }
  const wanted = { configuration, manager, force: isSet(query, 'force'), subresource, now: core.clock.now() };
  const { served, namespace, name } = target;
  if (!headOf(core, target)) {
    if (subresource !== undefined) throw notFound(served.info, name);
    const metadata = { ...(configuration['metadata'] as JsonObject | undefined), name };
    const object = apply(served, undefined, { ...wanted, configuration: { ...configuration, metadata } });
    return {
      written: await createObject(core, served, namespace, object, { ...options, managed: true }),
      created: true,
    };
  }
  const change = (current: object) => apply(served, current as JsonObject, wanted);
  return {
    written: await updateObject(core, target, change, { ...options, subresource, managed: true }),
    created: false,
  };
}
