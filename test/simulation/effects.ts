import { SLOT_STEPS, STEPS, type Step } from './steps.ts';

/** Within so many seeds what is often drawn must have happened: those of `npm test`. */
const OFTEN = 300;
/** Within so many what is seldom drawn, or seldom finds anything to strike: those of CI, with room. */
const SELDOM = 3_000;

/** Everything that can go wrong in a simulation, in the words of its summary, and within how many seeds it must have. */
const WITHIN = {
  'refused with 409': SELDOM,
  'refused with 410': SELDOM,
  'refused with 422': SELDOM,
  'refused with 429': SELDOM,
  'refused with 500': OFTEN,
  'refused with 503': SELDOM,
  'refused with 504': OFTEN,
  'write applied, answer lost': SELDOM,
  'read refused past the cache': OFTEN,
  'connection reset': OFTEN,
  'no answer': OFTEN,
  'slow request': SELDOM,
  'crash at a write': OFTEN,
  'stopped at a request': OFTEN,
  'suspended at a request': OFTEN,
  'watch late': OFTEN,
  'watch cut': SELDOM,
  'watch too old': SELDOM,
  'event repeated': SELDOM,
  'event lost': SELDOM,
  'watch silent': OFTEN,
  'pod deleted': SELDOM,
  'pod deleted by force': SELDOM,
  'pod deleted without its finalizer': SELDOM,
  'pod evicted through the API': SELDOM,
  'pod evicted by its node': OFTEN,
  'run cancelled': OFTEN,
  'run deleted': OFTEN,
  'namespace deleted': OFTEN,
  'node cut off': OFTEN,
  'node back': OFTEN,
  'node destroyed': OFTEN,
  'past of watches forgotten': OFTEN,
  'pod refused: quota': SELDOM,
  'pod refused: webhook': SELDOM,
  'pod refused: webhook down': SELDOM,
  'API slow': OFTEN,
  'clock jumped': SELDOM,
  'operator stopped': SELDOM,
  'operator suspended': SELDOM,
  'operator killed': OFTEN,
  'operator retired': OFTEN,
  'write of a stale leader': OFTEN,
  'pod name taken': SELDOM,
  'template deleted': SELDOM,
  'database down': SELDOM,
  'database slow': SELDOM,
  'out of memory': OFTEN,
  'image error': OFTEN,
  'missing ConfigMap': OFTEN,
  'API down': OFTEN,
  'API stalled': OFTEN,
  'too many requests': OFTEN,
  'watches cut again and again': OFTEN,
  'log stored': OFTEN,
  'next page too old': SELDOM,
  'too many requests, and when to come back': SELDOM,
  'past forgotten while the API was down': SELDOM,
  'given up, and carried out later': SELDOM,
  'log missing, and said so': SELDOM,
} as const;

/** One of them. */
export type Effect = keyof typeof WITHIN | CrashEffect;

/** An operator died just before, or just after, the API server took that write. */
type CrashEffect = `died ${'before' | 'after'}: ${Step}`;

/** The name of a crash between two steps of a run's life. */
export function crashEffect(step: Step, isApplied: boolean): CrashEffect {
  return `died ${isApplied ? 'after' : 'before'}: ${step}`;
}

const CRASHES = [...STEPS, ...SLOT_STEPS].flatMap((step) => [
  crashEffect(step, false),
  crashEffect(step, true),
]);

const EFFECTS: ReadonlyMap<Effect, number> = new Map<Effect, number>([
  ...(Object.entries(WITHIN) as [Effect, number][]),
  ...CRASHES.map((effect) => [effect, SELDOM] as const),
]);

/** Which of them really happened in one simulation: a fault that is planned may find nothing to strike. */
export class Effects {
  readonly seen = new Set<Effect>();

  add(effect: Effect): void {
    this.seen.add(effect);
  }
}

/** Of so many seeds, in how many each happened: one line for each, the rarest first. */
export function effectLines(counts: ReadonlyMap<Effect, number>): string[] {
  return [...EFFECTS.keys()]
    .map((effect) => ({ effect, count: counts.get(effect) ?? 0 }))
    .sort((a, b) => a.count - b.count)
    .map(({ effect, count }) => `${String(count).padStart(7)}  ${effect}`);
}

/** What should have happened in so many seeds, counted from any, and did not in one of them. */
export function neverSeen(counts: ReadonlyMap<Effect, number>, seeds: number): Effect[] {
  return [...EFFECTS]
    .filter(([effect, within]) => within <= seeds && !counts.has(effect))
    .map(([effect]) => effect);
}
