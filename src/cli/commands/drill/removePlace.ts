import { finalizersRelease } from '../../../actions/finalizersRelease.ts';
import { ConflictError, NotFoundError } from '../../../kube/errors.ts';
import { namespaces } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { type Clock, sleep } from '../../../ports/clock.ts';
import type { Place } from './place.ts';

/** What became of the namespace; where it stays, why, and the command that removes it. */
export type Removal =
  | { readonly kind: 'gone' }
  | { readonly kind: 'stays'; readonly why: string; readonly command: string };

/** Pods have a second to end, and Kubernetes looks at a namespace that is going every few seconds. */
const REMOVE_MS = 90_000;
/** An operator at work lets go of its runs within this; what it has not let go of by then, nobody will. */
const OPERATOR_MS = 8_000;
const LOOK_AGAIN_MS = 300;

/** Deletes a namespace of a drill with all that is in it, and waits until it is gone. Never throws, never touches another of its name. */
export async function removePlace(client: KubeClient, place: Place, clock: Clock): Promise<Removal> {
  const begun = clock.monotonic();
  let why = '';
  let isAsked = false;
  do {
    try {
      if (!isAsked) await askToGo(client, place);
      isAsked = true;
      if (clock.monotonic() - begun > OPERATOR_MS) await freeRuns(client, place);
      const problem = await whatHolds(client, place);
      if (problem === undefined) return { kind: 'gone' };
      why = problem;
    } catch (error) {
      if (isOver(error)) return { kind: 'gone' };
      why = (error as Error).message;
    }
    await sleep(clock, LOOK_AGAIN_MS);
  } while (clock.monotonic() - begun < REMOVE_MS);
  const { namespace } = place;
  const command = `kubectl delete namespace ${namespace}, and while no operator works: endwell finalizers release --namespace ${namespace} --yes`;
  return { kind: 'stays', why, command };
}

async function askToGo(client: KubeClient, { namespace, uid }: Place): Promise<void> {
  await client.delete(namespaces, { name: namespace }, { preconditions: { uid } });
}

/** The runs are ours: made for the drill, so their handlers are owed to nobody any more. */
async function freeRuns(client: KubeClient, { namespace }: Place): Promise<void> {
  const { failures } = await finalizersRelease(client, { namespace });
  const [first] = failures;
  if (first !== undefined) throw new Error(first);
}

/** undefined once it is gone. */
async function whatHolds(client: KubeClient, { namespace, uid }: Place): Promise<string | undefined> {
  const { metadata, status } = await client.get(namespaces, { name: namespace });
  if (metadata?.uid !== uid) return undefined;
  const held = (status?.conditions ?? []).filter((condition) => condition.status === 'True');
  const said = held.map(({ message }) => message).join('; ');
  return said === '' ? 'it is still being deleted' : said;
}

function isOver(error: unknown): boolean {
  return error instanceof NotFoundError || error instanceof ConflictError;
}
