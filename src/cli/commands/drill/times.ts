import type { MadeCanary } from './count.ts';
import type { PodSeen, Sightings } from './sightings.ts';

/** In ms, as a watch saw it; undefined where nothing was measured. */
export interface Times {
  readonly mainEndToHandlerP50: number | undefined;
  readonly mainEndToHandlerP99: number | undefined;
  /** The longest in the round in which the operator was restarted. */
  readonly mainEndToHandlerRestarted: number | undefined;
  readonly acceptedToStartedP50: number | undefined;
}

/**
 * How long the canaries took; `restart` says whether the operator was restarted under those of the last round. Both ends of a
 * span are seen by one watcher, so no two clocks are compared.
 */
export function measureTimes(
  made: readonly MadeCanary[],
  seen: Sightings,
  restart: 'restarted' | 'left alone',
): Times {
  const wasHit = ({ canary }: MadeCanary) =>
    restart === 'restarted' && canary.life.round === 'operator restarted';
  const of = (isRestarted: boolean) => made.filter((one) => wasHit(one) === isRestarted);
  const handlers = of(false).flatMap(({ uid }) => mainEndToHandler(uid, seen));
  return {
    mainEndToHandlerP50: percentile(handlers, 0.5),
    mainEndToHandlerP99: percentile(handlers, 0.99),
    mainEndToHandlerRestarted: percentile(
      of(true).flatMap(({ uid }) => mainEndToHandler(uid, seen)),
      1,
    ),
    acceptedToStartedP50: percentile(
      of(false).flatMap(({ uid }) => acceptedToStarted(uid, seen)),
      0.5,
    ),
  };
}

/** The smallest of the values that so large a part of them does not exceed (nearest rank); undefined of none. */
export function percentile(values: readonly number[], part: number): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
}

function mainEndToHandler(runUid: string, seen: Sightings): number[] {
  const end = seen.podsOf(runUid, 'main').at(-1)?.endedAt;
  const handler: PodSeen | undefined = seen.podsOf(runUid, 'exit')[0];
  return end === undefined || handler === undefined ? [] : [Math.max(0, handler.seenAt - end)];
}

function acceptedToStarted(runUid: string, seen: Sightings): number[] {
  const accepted = seen.runs.get(runUid)?.acceptedAt;
  const started = seen.podsOf(runUid, 'main')[0]?.startedAt;
  return accepted === undefined || started === undefined ? [] : [Math.max(0, started - accepted)];
}
