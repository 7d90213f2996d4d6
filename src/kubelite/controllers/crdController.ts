import { type Json, sameJson } from '../../kubernetes/json.ts';
import { customResource } from '../crd/customResource.ts';
import type { Served } from '../registry/catalogue.ts';
import { idOf } from '../registry/collection.ts';
import { type Core, collectionOf, headOf, type Target, timestamp } from '../registry/core.ts';
import { CRD_FINALIZER } from '../registry/crdRules.ts';
import { deleteObject } from '../registry/delete.ts';
import { updateObject } from '../registry/update.ts';
import { ApiStatusError } from '../status.ts';
import type { KubeliteLog, StoredObject } from '../types.ts';
import { type Condition, type Names, namesConditions } from './crdNames.ts';
import type { RunningController } from './garbageCollector.ts';
import { workQueue } from './workQueue.ts';

interface CrdObject extends StoredObject {
  spec: {
    readonly group: string;
    readonly names: Names;
    readonly versions: readonly { readonly name: string; readonly storage: boolean }[];
  };
  status?: { readonly conditions?: readonly Condition[]; readonly storedVersions?: readonly string[] };
}

/**
 * Serves what the CustomResourceDefinitions say: those that are stored before it returns, later ones as they come.
 * A definition that is being deleted takes its objects with it before it goes.
 */
export function startCrdController(core: Core, log: KubeliteLog): RunningController {
  const definitions = core.catalogue.find('apiextensions.k8s.io', undefined, 'customresourcedefinitions');
  if (!definitions) throw new Error('starting the CRD controller: customresourcedefinitions are not served');
  const generations = new Map<string, string>();
  const queue = workQueue<string>({
    clock: core.clock,
    work: (name) => lookAfter(core, definitions, name, generations),
    onError: (name, error) => log.warn('looking after CRD failed', { name, error: String(error) }),
  });
  const collection = collectionOf(core, definitions);
  for (const object of collection.objects.values()) {
    const crd = object as CrdObject;
    if (isEstablished(crd)) serve(core, crd, generations);
    queue.add(crd.metadata.name);
  }
  const stopListening = core.store.listenEverywhere((change) => {
    if (change.collection.key === definitions.collection) {
      if (change.type === 'DELETED') withdraw(core, change.object as CrdObject, generations);
      else queue.add(change.object.metadata.name);
    } else if (change.type === 'DELETED') {
      const [group, plural] = change.collection.key.split('/');
      const owner = `${plural}.${group}`;
      if (collection.objects.get(idOf(undefined, owner))?.metadata.deletionTimestamp) queue.add(owner);
    }
  });
  return {
    async stop() {
      stopListening();
      await queue.stop();
    },
  };
}

function isEstablished(crd: CrdObject): boolean {
  return (
    crd.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ?? false
  );
}

async function lookAfter(
  core: Core,
  definitions: Served,
  name: string,
  generations: Map<string, string>,
): Promise<void> {
  const crd = core.store.head(collectionOf(core, definitions), idOf(undefined, name)) as
    | CrdObject
    | undefined;
  if (!crd) return;
  const target: Target = { served: definitions, namespace: undefined, name };
  if (crd.metadata.deletionTimestamp !== undefined) {
    await removeInstances(core, target, crd);
    return;
  }
  const conditions = namesConditions(core.catalogue, crd.spec.group, crd.spec.names);
  const accepted = conditions.every(({ status }) => status === 'True');
  if (accepted || isEstablished(crd)) serve(core, crd, generations);
  await writeStatus(core, target, conditions);
}

/** Serves the definition's versions, unless it does so already as they are now. */
function serve(core: Core, crd: CrdObject, generations: Map<string, string>): void {
  const { uid, generation = 0, name } = crd.metadata;
  const state = `${uid}/${generation}`;
  if (generations.get(name) === state) return;
  generations.set(name, state);
  const { versions, storedVersion } = customResource(crd as never);
  if (versions.length > 0) core.catalogue.serve(versions, storedVersion, 'custom');
  else core.catalogue.withdraw(crd.spec.group, crd.spec.names.plural);
}

function withdraw(core: Core, crd: CrdObject, generations: Map<string, string>): void {
  generations.delete(crd.metadata.name);
  core.catalogue.withdraw(crd.spec.group, crd.spec.names.plural);
}

async function writeStatus(core: Core, target: Target, conditions: readonly Condition[]): Promise<void> {
  const statusOf = (crd: CrdObject) => {
    const stored = crd.spec.versions.filter(({ storage }) => storage).map(({ name }) => name);
    const accepted = conditions.some(({ type, status }) => type === 'NamesAccepted' && status === 'True');
    return {
      ...crd.status,
      ...(accepted ? { acceptedNames: crd.spec.names } : {}),
      conditions: merged(core, crd, conditions),
      storedVersions: [...new Set([...(crd.status?.storedVersions ?? []), ...stored])],
    };
  };
  // At a start most definitions are as they were left: to check a whole one again costs more than to see that.
  const crd = headOf(core, target) as CrdObject | undefined;
  if (crd && sameJson(statusOf(crd) as unknown as Json, (crd.status ?? {}) as unknown as Json)) return;
  await change(core, target, 'status', statusOf);
}

function merged(core: Core, crd: CrdObject, wanted: readonly Condition[]): Condition[] {
  const known = crd.status?.conditions ?? [];
  const now = timestamp(core.clock.now());
  const kept = known.filter(({ type }) => !wanted.some((one) => one.type === type));
  const fresh = wanted.map((condition) => {
    const before = known.find(({ type }) => type === condition.type);
    // Once served, a definition stays so, whatever becomes of its names.
    if (condition.type === 'Established' && before?.status === 'True') return before;
    const same = before?.status === condition.status ? before.lastTransitionTime : undefined;
    return { ...condition, lastTransitionTime: same ?? now };
  });
  return [...kept, ...fresh];
}

async function removeInstances(core: Core, target: Target, crd: CrdObject): Promise<void> {
  if (!(crd.metadata.finalizers ?? []).includes(CRD_FINALIZER)) return;
  const served = core.catalogue.find(crd.spec.group, undefined, crd.spec.names.plural);
  const condition = {
    type: 'Terminating',
    status: 'True',
    reason: 'InstanceDeletionInProgress',
    message: 'CustomResource deletion is in progress',
  } as const;
  await change(core, target, 'status', (current) => ({
    ...current.status,
    conditions: merged(core, current, [condition]),
  }));
  if (served) {
    const objects = collectionOf(core, served).objects;
    const remove = ({ metadata: { namespace, name } }: StoredObject) =>
      ignoreGone(deleteObject(core, { served, namespace, name }));
    const fresh = [...objects.values()].filter(({ metadata }) => metadata.deletionTimestamp === undefined);
    await Promise.all(fresh.map(remove));
    if (objects.size > 0) return;
  }
  const release = (current: StoredObject) => {
    const finalizers = (current.metadata.finalizers ?? []).filter((one) => one !== CRD_FINALIZER);
    return { ...current, metadata: { ...current.metadata, finalizers } };
  };
  await ignoreGone(updateObject(core, target, release, { fieldValidation: 'Ignore' }));
}

async function change(
  core: Core,
  target: Target,
  subresource: 'status',
  next: (crd: CrdObject) => object,
): Promise<void> {
  const changed = (current: StoredObject) => ({ ...current, status: next(current as CrdObject) });
  await ignoreGone(updateObject(core, target, changed, { subresource, fieldValidation: 'Ignore' }));
}

async function ignoreGone(work: Promise<unknown>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof ApiStatusError) || error.status !== 404) throw error;
  }
}
