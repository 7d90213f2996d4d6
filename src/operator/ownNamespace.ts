import type { Namespace } from 'kubernetes-types/core/v1.d.ts';
import type { EffectOptions } from '../actions/target.ts';
import { withSignal } from '../actions/target.ts';
import { AlreadyExistsError, NotFoundError } from '../kube/errors.ts';
import { namespaces } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';

/** Where a pod finds its own namespace. */
export const NAMESPACE_FILE = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** Used when neither a setting nor the pod says otherwise. */
const DEFAULT_NAMESPACE = 'endwell-system';

/** The operator's own namespace: the setting, else the pod's, else `endwell-system`. `readFile` throws when there is no file. */
export function ownNamespace(setting: string | undefined, readFile: (path: string) => string): string {
  if (setting !== undefined) return setting;
  try {
    return readFile(NAMESPACE_FILE).trim() || DEFAULT_NAMESPACE;
  } catch {
    // Not in a pod.
    return DEFAULT_NAMESPACE;
  }
}

/** Makes the namespace if it is missing. Throws when that is not allowed. */
export async function ensureNamespace(
  client: KubeClient,
  name: string,
  options: EffectOptions = {},
): Promise<void> {
  try {
    await client.get(namespaces, { name }, withSignal(options));
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    const namespace: Namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await client.create(namespaces, namespace, withSignal(options)).catch((refusal: unknown) => {
      if (!(refusal instanceof AlreadyExistsError)) throw refusal;
    });
  }
}
