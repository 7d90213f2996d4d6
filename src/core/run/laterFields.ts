import type { RunSpec } from './run.ts';
import type { SpecProblem } from './specProblems.ts';

/** A field of the spec that this version reads and can't honour yet. */
export interface LaterField {
  readonly field: string;
  /**
   * `refused`: a run that went on without it would do what its author wanted to rule out. `told`: the run is well without
   * it, and says so in its condition NotYetApplied.
   */
  readonly kind: 'refused' | 'told';
  /** What happens instead; of a refused one, what is allowed. */
  readonly sentence: string;
  /** Whether a run asks for what it does. */
  readonly asks: (spec: RunSpec) => boolean;
}

/** Every field that is valid and has no effect yet. A feature that arrives takes its rows out. */
export const LATER_FIELDS: readonly LaterField[] = [];

/** Fields for which a run is refused, each with what is allowed. */
export function refusedFields(spec: RunSpec): SpecProblem[] {
  return asked(spec, 'refused').map(({ field, sentence }) => ({ field, message: sentence }));
}

/** What a run asks for in vain, as one text for its condition; '' when it asks for nothing such. */
export function notYetAppliedText(spec: RunSpec): string {
  return asked(spec, 'told')
    .map(({ field, sentence }) => `${field}: ${sentence}`)
    .join('; ');
}

function asked(spec: RunSpec, kind: LaterField['kind']): LaterField[] {
  return LATER_FIELDS.filter((one) => one.kind === kind && one.asks(spec));
}
