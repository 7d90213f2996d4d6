import { parseArgs } from 'node:util';
import { BenchError } from './benchError.ts';

/** What can be measured of a system. */
export const SCENARIOS = {
  burst: 'runs all at once',
  exit: 'the same with an exit handler',
  idle: 'runs one at a time',
  writes: 'API writes of a run, by client (audit log)',
  kept: 'memory with ended runs kept',
  crds: 'what its CRDs add to the API server',
} as const;

/** Name of a scenario. */
export type Scenario = keyof typeof SCENARIOS;

/** Systems, with their profiles, in the order in which they are measured. */
export const SYSTEMS = [
  'native:tuned',
  'endwell',
  'kueue:default',
  'kueue:tuned',
  'argo:default',
  'argo:tuned',
  'native:default',
] as const;

/** Name of a system with its profile. */
export type SystemTitle = (typeof SYSTEMS)[number];

/** What the command was asked for. */
export interface Request {
  /** In the order of `SCENARIOS`. Empty: all that make sense for a system. */
  readonly scenarios: readonly Scenario[];
  /** Empty: all that can be had; native at its defaults, which takes minutes for what is known, only when it is named. */
  readonly systems: readonly SystemTitle[];
  readonly rounds: number;
  readonly runs: number;
  readonly idleRuns: number;
  readonly writesRuns: number;
  readonly kept: readonly number[];
  readonly writesPage: 'write the page' | 'print only';
}

/** What `--help` says. */
export function usage(): string {
  const scenarios = Object.entries(SCENARIOS).map(([name, what]) => `  ${name.padEnd(8)}${what}`);
  return [
    'npm run bench:peers [-- [SCENARIO|SYSTEM]… [--rounds 3] [--runs 300] [--idle 50] [--audited 100] [--kept 5000,10000] [--write]]',
    'SCENARIO (default: all that make sense for a system):',
    ...scenarios,
    `SYSTEM (default: all that can be had): ${SYSTEMS.join(', ')}`,
    '--write puts the tables into docs/reference/performance.md',
    'PEERS_BIN: folder with the programs kubernetes, kwok and kueue; ARGO_CONTROLLER and ARGO_CRDS: Argo and its CRDs;',
    'PEERS_ENDWELL: another build of Endwell than dist/; PEERS_NODE_OPTIONS: options of its Node, such as --cpu-prof',
  ].join('\n');
}

/** Reads the arguments. Refuses (throws) a word that names no scenario and no system. */
export function readRequest(argv: readonly string[]): Request {
  const { values, positionals } = parsed(argv);
  const words = positionals.flatMap((word) => word.split(','));
  const unknown = words.find((word) => !isScenario(word) && !isSystem(word));
  if (unknown !== undefined)
    throw new BenchError(
      `reading the arguments: ${unknown} is no scenario and no system; scenarios: ${Object.keys(SCENARIOS).join(', ')}; systems: ${SYSTEMS.join(', ')}`,
    );
  return {
    scenarios: Object.keys(SCENARIOS)
      .filter(isScenario)
      .filter((name) => words.includes(name)),
    systems: SYSTEMS.filter((name) => words.includes(name)),
    rounds: wholeNumber('--rounds', values.rounds),
    runs: wholeNumber('--runs', values.runs),
    idleRuns: wholeNumber('--idle', values.idle),
    writesRuns: wholeNumber('--audited', values.audited),
    kept: values.kept.split(',').map((text) => wholeNumber('--kept', text)),
    writesPage: values.write ? 'write the page' : 'print only',
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '3' },
        runs: { type: 'string', default: '300' },
        idle: { type: 'string', default: '50' },
        audited: { type: 'string', default: '100' },
        kept: { type: 'string', default: '5000,10000' },
        write: { type: 'boolean', default: false },
      },
    });
  } catch (cause) {
    throw new BenchError(`reading the arguments: ${(cause as Error).message}`, { cause });
  }
}

function isScenario(word: string): word is Scenario {
  return Object.hasOwn(SCENARIOS, word);
}

function isSystem(word: string): word is SystemTitle {
  return (SYSTEMS as readonly string[]).includes(word);
}

function wholeNumber(flag: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new BenchError(`reading ${flag}: ${text} is not a whole number above 0`);
}
