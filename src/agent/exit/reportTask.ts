import { parse } from 'yaml';
import { EXIT_ENV } from '../../core/naming/naming.ts';
import { readServer, type ServerAccess } from './serverAccess.ts';

/** What an exit handler has to report, and to whom. */
export interface ReportTask {
  readonly server: ServerAccess;
  /** Fully qualified name of the pipeline. */
  readonly pipeline: string;
  /** The pipeline's own run ID, under which OpenMetadata keeps its status. */
  readonly runId: string;
  readonly state: 'success' | 'failed';
  /** When main started, ms since the epoch; undefined: not known, or it never did. */
  readonly startedAt: number | undefined;
  readonly finishedAt: number | undefined;
  readonly main: MainFacts;
  /** Values that must not be shown, however they come into a text. */
  readonly secrets: readonly string[];
}

/** What tells the main pod from others, and what is known of its end without it. */
export interface MainFacts {
  readonly namespace: string | undefined;
  /** UID of the run that Endwell made the pod for. */
  readonly runUid: string | undefined;
  readonly jobName: string | undefined;
  readonly runId: string;
  readonly outcome: string | undefined;
  readonly reason: string | undefined;
  readonly exitCode: string | undefined;
}

/** The task, or in sentences what is missing or wrong in the environment. */
export type ReadTask =
  | { readonly kind: 'task'; readonly task: ReportTask }
  | { readonly kind: 'incomplete'; readonly problems: readonly string[] };

type Environment = Readonly<Record<string, string | undefined>>;

/** What OpenMetadata's own handler counts as success. Everything else that is set is a failure. */
const SUCCESS = new Set(['success', 'Succeeded']);
/** Fields whose text is a secret wherever it is repeated. */
const SECRET_FIELD = /(password|passwd|secret|token|api-?key|private-?key|credentials?|passphrase)$/i;
/** A shorter text says nothing, and would be found everywhere. */
const SHORTEST_SECRET = 4;

/**
 * Reads the environment of an exit handler as OpenMetadata's own does (`config`, `pipelineRunId`, `pipelineStatus`, `jobName`,
 * `namespace`), and what Endwell adds to it. `config` is the YAML of the workflow or of an application.
 */
export function readTask(env: Environment): ReadTask {
  const config = readConfig(env['config']);
  if (typeof config === 'string') return { kind: 'incomplete', problems: [config] };
  const server = readServer(config);
  const pipeline = textOf(config['ingestionPipelineFQN']) ?? set(env['ingestionPipelineFQN']);
  const runId = set(env['pipelineRunId']) ?? textOf(config['pipelineRunId']);
  const state = stateOf(set(env['pipelineStatus']) ?? set(env[EXIT_ENV.outcome]));
  const problems = [
    ...(typeof server === 'string' ? [server] : []),
    ...(pipeline === undefined ? ['ingestionPipelineFQN is missing, in config and in the environment'] : []),
    ...(runId === undefined ? ['pipelineRunId is missing'] : []),
    ...(state === undefined ? [`pipelineStatus is missing, and ${EXIT_ENV.outcome} too`] : []),
  ];
  if (typeof server === 'string' || !pipeline || !runId || !state) return { kind: 'incomplete', problems };
  const times = { startedAt: timeOf(env[EXIT_ENV.startedAt]), finishedAt: timeOf(env[EXIT_ENV.finishedAt]) };
  const main = mainFacts(env, runId);
  return {
    kind: 'task',
    task: { server, pipeline, runId, state, ...times, main, secrets: [...secretsIn(config)] },
  };
}

function mainFacts(env: Environment, runId: string): MainFacts {
  return {
    namespace: set(env['namespace']) ?? set(env[EXIT_ENV.namespace]),
    runUid: set(env[EXIT_ENV.runId]),
    jobName: set(env['jobName']) ?? set(env[EXIT_ENV.run]),
    runId,
    outcome: set(env[EXIT_ENV.outcome]),
    reason: set(env[EXIT_ENV.reason]),
    exitCode: set(env[EXIT_ENV.exitCode]),
  };
}

/** A sentence when there is none. The parser's own words are left out: they repeat the text, and with it secrets. */
function readConfig(text: string | undefined): Record<string, unknown> | string {
  if (set(text) === undefined)
    return 'config is missing: the YAML of the workflow, with the server and its token';
  try {
    const config: unknown = parse(text ?? '', { prettyErrors: false, logLevel: 'error' });
    return isRecord(config) ? config : 'config is no map of YAML';
  } catch {
    return 'config is not readable as YAML';
  }
}

function stateOf(status: string | undefined): ReportTask['state'] | undefined {
  if (status === undefined) return undefined;
  return SUCCESS.has(status) ? 'success' : 'failed';
}

function* secretsIn(value: unknown, isSecret = false): Generator<string> {
  if (typeof value === 'string' && isSecret && value.length >= SHORTEST_SECRET) yield value;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, item] of Object.entries(value)) {
    yield* secretsIn(item, isSecret || SECRET_FIELD.test(name));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? set(value) : undefined;
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** An empty variable is one that was not set. */
function set(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value;
}
