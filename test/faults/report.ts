import { execFileSync } from 'node:child_process';
import { cpus, loadavg, totalmem } from 'node:os';
import { ROOT } from '../support/documents.ts';
import type { Form } from './fault.ts';
import type { Result } from './trial.ts';

/** One line for a terminal. */
export function lineOf({ name, counts, recoverySeconds, kubernetesSeconds, seconds }: Result): string {
  const { runs, lost, doubled, missing, givenUp, repeated, wrong, left } = counts;
  const figures = `lost ${lost}, doubled ${doubled}, handlers missing ${missing}, wrong ends ${wrong}, left ${left}`;
  const allowed = `given up ${givenUp}, called again ${repeated}`;
  return `${name}: ${runs} runs, ${figures} (${allowed}); recovered in ${recoverySeconds.toFixed(1)} s (Kubernetes itself in ${kubernetesSeconds.toFixed(1)} s), took ${seconds.toFixed(0)} s`;
}

/** What docs/reference/guarantee.md says of one run of all faults. */
export function pageOf(results: readonly Result[], form: Form, command: string): string {
  const rows = results.map(({ does, counts, recoverySeconds, kubernetesSeconds }) => {
    const { runs, lost, doubled, missing, givenUp, repeated, wrong, left } = counts;
    const cells = [
      does,
      runs,
      lost,
      doubled,
      missing,
      givenUp,
      repeated,
      wrong,
      left,
      recoverySeconds.toFixed(1),
      kubernetesSeconds.toFixed(1),
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const all = results.reduce((sum, { counts }) => sum + counts.runs, 0);
  return `${[
    '# The guarantee, measured',
    '',
    `\`${command}\` (${form} form, ${all} runs with exit handlers) ${machine()}.`,
    'Three operators, each a process of its own with a lease of 4 s behind a TLS proxy of its own, on a real cluster; where',
    '`endwell up` is named, that one process. Counted from outside: by the calls that containers make to a program that Endwell',
    'knows nothing of, by watches of our own, by the API server’s audit log. Seconds say little on a machine whose load is above',
    'the number of its cores.',
    '',
    '| what goes wrong | runs | lost | doubled | handlers missing | given up | called again | wrong ends | left behind | recovery, s | Kubernetes itself, s |',
    '|---|---|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    ...WORDS,
  ].join('\n')}\n`;
}

const WORDS = [
  '- **lost**: runs that were created and are not there, or have not ended.',
  '- **doubled**: attempts of which two main containers started; handlers that were made again after one had ended with 0.',
  '- **handlers missing**: never called, and not given up either. **given up**: never called, with the reason in the status.',
  '- **called again**: more than once, which “at least once” allows: its last attempt left no receipt.',
  '- **wrong ends**: the phase or the reason is not what happened.',
  '- **left behind**: runs and pods that are still there after all runs were deleted.',
  '- **recovery**: from the end of the fault, or of a main that ended later, until its handler was called: the slowest of',
  '  all, one run among them that was submitted when the fault ended.',
  '- **Kubernetes itself**: from the end of the fault until a pod that is nobody’s, made at that moment for each node, had ended.',
  '  Scheduler and kubelets have to come back too: each asks again after up to a minute, is told 410 where etcd was compacted,',
  '  and lists anew after up to another. The aim is that recovery takes at most 30 s more than that.',
  '',
  'The counters are held to finding what is wrong by `test/integration/faults/count.test.ts`.',
];

/** Commit, processors, memory, and how busy it was: figures of a busy machine say little of seconds. */
function machine(): string {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
    cwd: ROOT,
    encoding: 'utf8',
  }).trim();
  const memory = Math.round(totalmem() / 2 ** 30);
  const [load = 0] = loadavg();
  return `at commit ${commit}, on ${cpus().length} cores, ${memory} GiB, Node ${process.versions.node}, load average ${load.toFixed(1)} at its end`;
}
