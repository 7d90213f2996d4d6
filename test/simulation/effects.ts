/** Everything that can go wrong in a simulation, in the words of its summary. */
export const EFFECTS = [
  'refused with 409',
  'refused with 410',
  'refused with 422',
  'refused with 429',
  'refused with 500',
  'refused with 503',
  'refused with 504',
  'write applied, answer lost',
  'read refused past the cache',
  'connection reset',
  'no answer',
  'slow request',
  'crash at a write',
  'stopped at a request',
  'suspended at a request',
  'watch late',
  'watch cut',
  'watch too old',
  'event repeated',
  'event lost',
  'watch silent',
  'pod deleted',
  'pod deleted by force',
  'pod deleted without its finalizer',
  'pod evicted through the API',
  'pod evicted by its node',
  'run cancelled',
  'run deleted',
  'namespace deleted',
  'node cut off',
  'node back',
  'node destroyed',
  'past of watches forgotten',
  'pod refused: quota',
  'pod refused: webhook',
  'pod refused: webhook down',
  'API slow',
  'clock jumped',
  'operator stopped',
  'operator suspended',
  'operator killed',
  'operator retired',
  'write of a stale leader',
  'pod name taken',
  'template deleted',
  'database down',
  'database slow',
  'out of memory',
  'image error',
  'missing ConfigMap',
] as const;

/** One of them. */
export type Effect = (typeof EFFECTS)[number];

/** Which of them really happened in one simulation: a fault that is planned may find nothing to strike. */
export class Effects {
  readonly seen = new Set<Effect>();

  add(effect: Effect): void {
    this.seen.add(effect);
  }
}

/** Of so many seeds, in how many each happened: one line for each, the rarest first. */
export function effectLines(counts: ReadonlyMap<Effect, number>): string[] {
  return EFFECTS.map((effect) => ({ effect, count: counts.get(effect) ?? 0 }))
    .sort((a, b) => a.count - b.count)
    .map(({ effect, count }) => `${String(count).padStart(7)}  ${effect}`);
}
