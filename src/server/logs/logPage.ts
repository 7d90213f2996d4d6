import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import {
  type LogPageAnswer,
  logPageMessage,
  noSuchPage,
  pageAnswer,
  wantedPage,
} from '../../core/pipeline/logPages.ts';
import { podOfLogs } from '../../core/pipeline/podOfLogs.ts';
import { mainContainerName } from '../../core/pod/podFacts.ts';
import type { Run } from '../../core/run/run.ts';
import { BadRequestError, KubeError, NotFoundError } from '../../kube/errors.ts';
import type { Api } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { findWholeLog, type LogTarget, podTarget } from './logTarget.ts';

/** Which page, and under which key its text is answered (core/pipeline/taskKeys). */
export interface LogPageWish {
  readonly taskKey: string;
  /** As it came: the number of the page, from 0; undefined or '' is the first. */
  readonly after: string | undefined;
}

/** Where the log of a pipeline is looked for. */
export interface LogPlaces {
  /** The run whose log is meant, where one is known: found in the cluster or in the history. */
  readonly run?: Run | undefined;
  /** Pods that carry the labels of the pipeline, or of the run that is meant: of a Job, or of somebody else's operator. */
  readonly pods: readonly Pod[];
}

/** Bytes of a log by offset, with its pages. */
interface Paged {
  readonly pod: string;
  readonly size: number;
  readonly starts: readonly number[];
  /** What is said before the first page, where the beginning is not kept. */
  readonly note?: string;
  read(range: { from: number; limit: number }): Promise<Uint8Array>;
}

/**
 * One page of a pipeline's log in the form that OpenMetadata reads: `{<taskKey>, total, after}`. The main log of the run that is
 * given, whether its pod is there or gone; without a run that of the newest main pod. What is wrong is said in the answer, in
 * the words of the original; nothing is refused. The caller has asked for the right to read logs there.
 */
export async function logPage(
  api: Api,
  places: LogPlaces,
  { taskKey, after }: LogPageWish,
  signal: AbortSignal,
): Promise<LogPageAnswer> {
  const wanted = wantedPage(taskKey, after);
  if (wanted.kind === 'refused') return wanted.answer;
  try {
    const target = await targetOf(api, places, signal);
    if (target === undefined) return logPageMessage.noPods();
    const log = await pagesOf(api, target, signal);
    if (log.size === 0) return logPageMessage.noLogs(log.pod);
    const from = log.starts[wanted.index];
    if (from === undefined) return noSuchPage(taskKey);
    const to = log.starts[wanted.index + 1] ?? log.size;
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(
      await log.read({ from, limit: to - from }),
    );
    const note = wanted.index === 0 ? (log.note ?? '') : '';
    return pageAnswer(taskKey, `${note}${text}`, wanted.index, log.starts.length);
  } catch (error) {
    if (signal.aborted || !(error instanceof KubeError)) throw error;
    api.log.warn('reading a page of a log failed', { err: error });
    return logPageMessage.failed();
  }
}

async function targetOf(
  api: Api,
  { run, pods }: LogPlaces,
  signal: AbortSignal,
): Promise<Target | undefined> {
  const pod = podOfLogs(pods);
  const found = run && (await ofRun(api, run, signal));
  if (found !== undefined || pod === undefined) return found;
  const container = mainContainerName(pod.spec) ?? pod.spec?.containers[0]?.name ?? '';
  return { ...podTarget(pod, container), namespace: pod.metadata?.namespace ?? '' };
}

type Target =
  | Exclude<LogTarget, { kind: 'notYet' | 'pod' }>
  | (Extract<LogTarget, { kind: 'pod' }> & { readonly namespace: string })
  /** Nothing is kept of it. */
  | { readonly kind: 'gone'; readonly pod: string };

async function ofRun(api: Api, run: Run, signal: AbortSignal): Promise<Target | undefined> {
  try {
    const wish = { stage: 'main', attempt: undefined, container: undefined } as const;
    const target = await findWholeLog(api, run, wish, signal);
    if (target.kind === 'notYet') return undefined;
    return target.kind === 'pod' ? { ...target, namespace: run.metadata.namespace ?? '' } : target;
  } catch (error) {
    if (!(error instanceof Refusal) || error.problem.code !== 'LogNotFound') throw error;
    return { kind: 'gone', pod: run.status?.attempts?.at(-1)?.podName ?? run.metadata.name ?? '' };
  }
}

async function pagesOf(api: Api, target: Target, signal: AbortSignal): Promise<Paged> {
  switch (target.kind) {
    case 'pod':
      return livePages(api, target, signal);
    case 'stored': {
      const { pod, size, isCut } = target.log;
      const starts = await target.log.starts();
      return { pod, size, starts, ...noteOf(isCut, size), read: (range) => target.log.read(range) };
    }
    case 'kept': {
      const bytes = new TextEncoder().encode(target.text);
      const note = noteOf(bytes.length > SURELY_WHOLE, bytes.length);
      return { pod: target.pod, size: bytes.length, starts: [0], ...note, read: async () => bytes };
    }
    case 'gone':
      return { pod: target.pod, size: 0, starts: [], read: async () => new Uint8Array() };
    default:
      return target satisfies never;
  }
}

/** A status keeps 1 KiB of a log, less the part of a character that stood at its cut. */
const SURELY_WHOLE = 1024 - 4;

/** Pages are counted anew then: whoever reads on is told why there are fewer. */
function noteOf(isCut: boolean, size: number): { note?: string } {
  return isCut
    ? {
        note: `[the pod is gone, and of its log only the last ${size} bytes are kept; --log-store keeps all]\n`,
      }
    : {};
}

async function livePages(
  api: Api,
  source: Extract<Target, { kind: 'pod' }>,
  signal: AbortSignal,
): Promise<Paged> {
  const { pod } = source;
  try {
    const pages = await api.liveLogs.pages(source, signal);
    return { pod, ...pages, read: (range) => api.liveLogs.read(source, range, signal) };
  } catch (error) {
    // The kubelet says 400 for a container that has not started, and 404 for one whose pod has just gone.
    if (!(error instanceof BadRequestError || error instanceof NotFoundError)) throw error;
    return { pod, size: 0, starts: [], read: async () => new Uint8Array() };
  }
}
