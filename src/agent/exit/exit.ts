import { readFile } from 'node:fs/promises';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock, Random } from '../../ports/clock.ts';
import type { SendRequest, TlsTrust } from '../../ports/sendRequest.ts';
import { diagnose } from './diagnose.ts';
import { hideSecrets } from './hideSecrets.ts';
import { endedStatus, isFinal, newStatus, type PipelineStatus } from './pipelineStatus.ts';
import { type ReportTask, readTask } from './reportTask.ts';
import type { ServerAccess } from './serverAccess.ts';
import { type StatusApi, StatusApiError, statusApi } from './statusApi.ts';

/** What the exit handler has of the world around it. */
export interface ExitParts {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A client of the cluster that the pod runs in. */
  readonly connect: () => Promise<KubeClient>;
  readonly send: SendRequest;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes a line for people, without line feed. */
  readonly say: (line: string) => void;
  /** Aborted when the process is asked to end. */
  readonly interrupted: AbortSignal;
}

/** How it went: the status is there; it could not be stored; the environment lacks what a report needs. */
export type ExitReport = 'stored' | 'failed' | 'incomplete';

/**
 * The default of an exit handler's limit is 300 s, and what is not done by then is done again by its next attempt. Ending
 * before says why in the log.
 */
const LIMIT_MS = 240_000;

/**
 * Reports the end of an ingestion to OpenMetadata, as its own exit handler does: unless the run's status is final there, it becomes
 * `success` or `failed`, a failure with diagnostics of the main pod. Safe to repeat. Says what it does, without secrets.
 */
export async function reportExit(parts: ExitParts): Promise<ExitReport> {
  const read = readTask(parts.env);
  if (read.kind === 'incomplete') {
    for (const problem of read.problems) parts.say(`nothing is reported: ${problem}`);
    return 'incomplete';
  }
  const { task } = read;
  const say = (line: string) => parts.say(hideSecrets(line, task.secrets));
  const stop = new AbortController();
  const timer = parts.clock.after(LIMIT_MS, () => stop.abort(), 'hold');
  const signal = AbortSignal.any([stop.signal, parts.interrupted]);
  try {
    await report({ ...parts, say }, task, signal);
    return 'stored';
  } catch (error) {
    if (!(error instanceof StatusApiError)) throw error;
    say(error.message);
    return 'failed';
  } finally {
    timer.cancel();
  }
}

async function report(parts: ExitParts, task: ReportTask, signal: AbortSignal): Promise<void> {
  const { pipeline, runId, state } = task;
  const run = `run ${runId} of pipeline ${pipeline}`;
  const { send, clock, random, say } = parts;
  const trust = await trustOf(task.server);
  const api = statusApi({ ...task.server, trust, send, clock, random, signal, onTrouble: say });
  const known = await api.read(pipeline, runId);
  if (known !== undefined && isFinal(known)) return say(`${run} is ${known.pipelineState} already`);
  const diagnostics = state === 'failed' ? await diagnostic(parts, task, signal) : undefined;
  const stored = await store(api, task, { known, now: clock.now(), diagnostics });
  say(stored === state ? `${run} is now ${state}` : `${run} has become ${stored} meanwhile`);
}

/** The state that the run has now. It is read again right before it is written: collecting diagnostics takes its time. */
async function store(
  api: StatusApi,
  { pipeline, runId, state, startedAt, finishedAt }: ReportTask,
  {
    known,
    now,
    diagnostics,
  }: {
    readonly known: PipelineStatus | undefined;
    readonly now: number;
    readonly diagnostics: string | undefined;
  },
): Promise<string> {
  const newest = (await api.read(pipeline, runId)) ?? known ?? newStatus(runId, startedAt ?? now);
  if (isFinal(newest)) return newest.pipelineState ?? '';
  await api.write(pipeline, endedStatus(newest, { state, at: finishedAt ?? now, diagnostics }));
  return state;
}

async function diagnostic(parts: ExitParts, task: ReportTask, signal: AbortSignal): Promise<string> {
  const { connect, clock } = parts;
  return hideSecrets(await diagnose({ connect, clock, signal }, task.main), task.secrets);
}

async function trustOf({ tls }: ServerAccess): Promise<TlsTrust | undefined> {
  if (tls === undefined) return undefined;
  if (tls.kind === 'unchecked') return { rejectUnauthorized: false };
  try {
    return { ca: await readFile(tls.path, 'utf8') };
  } catch (error) {
    throw new StatusApiError(`reading sslConfig.caCertificate of config: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
