import type { ApiClient } from '../../contract/client.ts';
import type { QueuePlace } from '../../contract/routes/queues.ts';
import type { RunRef } from '../../core/naming/runKey.ts';
import type { Run } from '../../core/run/run.ts';
import type { Timer } from '../../ports/clock.ts';
import type { CliContext } from '../context.ts';
import { requestOf } from '../runRef.ts';
import { holdOf } from './waiting.ts';

/** A place moves when others end, which no state of this run tells; people do not look more often. */
const LOOK_MS = 5_000;

/** Keeps up with the place of a run for as long as it waits in its queue. */
export interface PlaceWatch {
  /** The place as far as it is known; undefined for a run that waits for nothing. Begins or ends looking. */
  readonly of: (run: Run) => QueuePlace | undefined;
  readonly stop: () => void;
}

/** Tells `onPlace` each answer. What can't be told is left out: the place is only a help. */
export function watchPlace(
  context: CliContext,
  api: ApiClient,
  ref: RunRef,
  onPlace: (place: QueuePlace) => void,
): PlaceWatch {
  let place: QueuePlace | undefined;
  let timer: Timer | undefined;
  let isWaiting = false;
  const look = async () => {
    const answer = await api
      .call('explainQueue', { ...requestOf(ref), signal: context.interrupted })
      .catch(() => undefined);
    if (!isWaiting) return;
    if (answer?.body.position !== undefined) {
      place = answer.body;
      onPlace(place);
    }
    timer = context.clock.after(LOOK_MS, () => void look());
  };
  const stop = () => {
    isWaiting = false;
    place = undefined;
    timer?.cancel();
  };
  return {
    of(run) {
      const waits = run.status !== undefined && holdOf(run.status) !== undefined;
      if (!waits) stop();
      else if (!isWaiting) {
        isWaiting = true;
        void look();
      }
      return place;
    },
    stop,
  };
}
