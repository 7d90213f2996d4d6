import { readFileSync } from 'node:fs';
import { markdownTable } from './markdownTable.ts';
import { type NamedTest, testsCell } from './promises.ts';

/** What one engine does about a promise, and the tests that show it. */
interface Kept {
  readonly is: 'yes' | 'partly' | 'no';
  /** What there is to add. */
  readonly says?: string;
  readonly tests: readonly NamedTest[];
}

interface Promised {
  readonly promise: string;
  readonly guaranteed: Kept;
  readonly native: Kept;
}

/** The page that says which engine of pipelines to take when, with what each keeps. Throws where a promise is shown by no test. */
export function enginesPage(): string {
  const text = readFileSync(new URL('promises/engines.json', import.meta.url), 'utf8');
  const { rows } = JSON.parse(text) as { readonly rows: readonly Promised[] };
  for (const { promise, ...engines } of rows) {
    for (const [engine, { is, tests }] of Object.entries(engines))
      if (is !== 'no' && tests.length === 0) throw new Error(`${engine}: no test shows “${promise}”`);
  }
  const kept = rows.map(({ promise, guaranteed, native }) => [promise, cell(guaranteed), cell(native)]);
  const shown = rows.map(({ promise, guaranteed, native }) => [
    promise,
    testsCell(guaranteed.tests),
    testsCell(native.tests),
  ]);
  return [
    '# Which engine of pipelines, when',
    WHEN,
    '## What each keeps',
    markdownTable(['', 'guaranteed', 'native'], kept).trimEnd(),
    '## Which tests show it',
    'The gate fails when one of them does not exist. A “no” that is Kubernetes’ own nature has none.',
    markdownTable(['', 'guaranteed', 'native'], shown).trimEnd(),
  ]
    .join('\n\n')
    .concat('\n');
}

const WHEN = `Two engines make the runs of pipelines: **guaranteed** (OMJob and CronOMJob, the default) and **native** (Job and CronJob, with \`useOMJobOperator: false\` or \`USE_OMJOB_OPERATOR=false\`). Deploying a pipeline again after a change of engine moves its schedule; runs that are alive go on under the engine that made them, and \`kill\`, \`status\` and \`delete\` see both.

Take **guaranteed** when OpenMetadata has to know how every run ended, whatever ended it; when runs are killed, evicted or out of memory often; when logs have to be there after pods are gone; or to try pipelines without a cluster.

Take **native** when no operator and no custom resource may be installed; when every failure shall be tried again by Kubernetes itself; or when tools that look for Jobs have to find them.`;

function cell({ is, says }: Kept): string {
  if (says === undefined) return is;
  return is === 'partly' ? says : `${is}: ${says}`;
}
