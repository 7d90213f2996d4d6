import type { CustomResourceDefinition } from 'kubernetes-types/apiextensions/v1.d.ts';
import { allCrds } from '../crd/allCrds.ts';
import { AlreadyExistsError } from '../kube/errors.ts';
import { customResourceDefinitions } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { type Json, sameJson } from '../kubernetes/json.ts';
import { type EffectOptions, withSignal } from './target.ts';

/**
 * Installs our CustomResourceDefinitions, or brings those that are there to this version, and resolves once they are
 * served. For clusters of our own (`up`); on others an administrator applies what `endwell crds` prints.
 */
export async function installCrds(client: KubeClient, options: EffectOptions = {}): Promise<void> {
  await Promise.all(
    allCrds().map(async (crd) => {
      const wanted = crd as CustomResourceDefinition;
      await installed(client, wanted, await store(client, wanted, options), options);
    }),
  );
}

async function store(
  client: KubeClient,
  wanted: CustomResourceDefinition,
  options: EffectOptions,
): Promise<CustomResourceDefinition> {
  try {
    return await client.create(customResourceDefinitions, wanted, withSignal(options));
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
  const name = wanted.metadata?.name ?? '';
  const found = await client.get(customResourceDefinitions, { name }, withSignal(options));
  if (isCurrent(found, wanted)) return found;
  const { resourceVersion } = found.metadata ?? {};
  const metadata = { ...wanted.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return client.replace(customResourceDefinitions, { ...wanted, metadata }, withSignal(options));
}

function isCurrent(found: CustomResourceDefinition, wanted: CustomResourceDefinition): boolean {
  return sameJson(found.spec.versions as unknown as Json, wanted.spec.versions as unknown as Json);
}

/** Until the API server says that it serves the kind. */
async function installed(
  client: KubeClient,
  wanted: CustomResourceDefinition,
  stored: CustomResourceDefinition,
  options: EffectOptions,
): Promise<void> {
  if (isServed(stored)) return;
  const name = wanted.metadata?.name ?? '';
  const { resourceVersion } = stored.metadata ?? {};
  const changes = client.watch(customResourceDefinitions, {
    ...withSignal(options),
    fieldSelector: `metadata.name=${name}`,
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  });
  for await (const change of changes) {
    if (change.type !== 'BOOKMARK' && isServed(change.object)) return;
  }
  throw new Error(`installing ${name}: the watch ended before the API server served it`);
}

function isServed({ status }: CustomResourceDefinition): boolean {
  return (
    status?.conditions?.some(
      (condition) => condition.type === 'Established' && condition.status === 'True',
    ) === true
  );
}
