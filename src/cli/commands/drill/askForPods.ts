import { ForbiddenError } from '../../../kube/errors.ts';
import { pods } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { type Clock, sleep } from '../../../ports/clock.ts';
import { CliError, EXIT } from '../../cliError.ts';
import { canaryPod } from './canaryRun.ts';

/** A new namespace has its service account, and its quota its figures, within a moment. */
const NEW_NAMESPACE_MS = 15_000;
const LOOK_AGAIN_MS = 300;

/** Asks the cluster, by a dry run, whether it takes the pods of canaries. Refuses (exit code 3) with the cluster's own words. */
export async function askForPods(
  {
    client,
    clock,
    signal,
  }: { readonly client: KubeClient; readonly clock: Clock; readonly signal: AbortSignal },
  namespace: string,
  image: string,
): Promise<void> {
  const end = clock.monotonic() + NEW_NAMESPACE_MS;
  for (;;) {
    try {
      await client.create(pods, canaryPod(namespace, image), { dryRun: true, signal });
      return;
    } catch (cause) {
      if (!(cause instanceof ForbiddenError)) throw cause;
      if (!isNew(cause) || clock.monotonic() > end) {
        throw new CliError(`the cluster takes no pods of the drill: ${cause.message}`, EXIT.notAccepted, {
          cause,
        });
      }
    }
    await sleep(clock, LOOK_AGAIN_MS, signal);
  }
}

/** The API server's words for what a new namespace does not have yet. */
function isNew({ message }: ForbiddenError): boolean {
  return /service ?account|unknown for quota/i.test(message);
}
