import type { RunRef } from '../naming/runKey.ts';

/** How a run is called in a sentence: `run nightly-1`, `OMJob nightly-1`. */
export function runTitle({ kind, name }: Pick<RunRef, 'kind' | 'name'>): string {
  return `${kind === 'OMJob' ? 'OMJob' : 'run'} ${name}`;
}
