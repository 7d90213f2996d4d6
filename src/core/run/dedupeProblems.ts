import type { RunSpec } from './run.ts';
import type { SpecProblem } from './specProblems.ts';

/** What a run asks of its key without having one: its author believes that runs are kept apart, and they would not be. */
export function dedupeProblems({ dedupe, subject }: RunSpec): SpecProblem[] {
  if (dedupe === undefined) return [];
  const { key, whenActive, afterFailureSeconds = 0 } = dedupe;
  if (whenActive === 'Allow') {
    return afterFailureSeconds === 0
      ? []
      : [
          {
            field: 'spec.dedupe.afterFailureSeconds',
            message: 'must be 0 with whenActive: Allow, which takes no part in keys and their back-off',
          },
        ];
  }
  const asks = (whenActive ?? 'Queue') !== 'Queue' || afterFailureSeconds > 0;
  return key === undefined && subject === undefined && asks
    ? [
        {
          field: 'spec.dedupe',
          message: 'needs a key: set dedupe.key, or spec.subject, from which the key is made by default',
        },
      ]
    : [];
}
