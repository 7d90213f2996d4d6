import { conditionOf } from '../../../core/run/conditions.ts';
import type { Canary } from './canaries.ts';
import type { RunSeen, Sightings } from './sightings.ts';

/** A canary whose run was stored. */
export interface MadeCanary {
  readonly canary: Canary;
  /** Of the run. */
  readonly uid: string;
}

/** What has to be zero, in the order of the table, with the words of it. */
export const PROMISES = {
  notAccepted: 'not accepted',
  lost: 'lost',
  doubled: 'doubled',
  handlersMissing: 'handlers missing',
  notExplained: 'not explained',
  leftBehind: 'left behind',
  unseen: 'unseen by a watch that was cut',
} as const;

/** One of them. */
export type PromiseName = keyof typeof PROMISES;

/** One promise that was not kept, with what was seen. */
export interface Breach {
  readonly promise: PromiseName;
  readonly said: string;
}

/** Whoever was stored has to be accepted, end, once, with its handler and the reason that is the true one. */
export function countBreaches(made: readonly MadeCanary[], seen: Sightings): Breach[] {
  return made.flatMap((one) => breachesOf(one, seen.runs.get(one.uid), seen));
}

function breachesOf({ canary, uid }: MadeCanary, run: RunSeen | undefined, seen: Sightings): Breach[] {
  const { name } = canary;
  const breach = (promise: PromiseName, said: string): Breach => ({ promise, said: `run ${name} ${said}` });
  if (run === undefined) return [breach('lost', 'was stored, and no watch has seen it')];
  if (run.acceptedAt === undefined) return [breach('notAccepted', notAccepted(run))];
  const doubled = doublesOf(uid, seen).map((said) => breach('doubled', said));
  if (!run.isEnded) return [breach('lost', notEnded(run)), ...doubled];
  const handled = handlerProblem(run, seen);
  const explained = explanationProblem(canary, run, handled !== undefined);
  return [
    ...doubled,
    ...(handled === undefined ? [] : [breach('handlersMissing', handled)]),
    ...(explained === undefined ? [] : [breach('notExplained', explained)]),
  ];
}

function notAccepted({ last }: RunSeen): string {
  const { reason = '', message = '' } = conditionOf(last.status, 'Accepted') ?? {};
  return reason === '' ? 'was never accepted' : `was refused: ${reason}: ${message}`;
}

function notEnded({ last, isGone, isEndUnseen }: RunSeen): string {
  const phase = last.status?.phase ?? 'Queued';
  if (isEndUnseen) return `went while the watch was away, ${phase} when it was last seen`;
  if (isGone) return `is gone and never ended: it was ${phase}`;
  const why = [last.status?.reason, last.status?.message].filter((text) => text !== undefined).join(': ');
  return `has not ended: it is ${phase}${why === '' ? '' : ` (${why})`}`;
}

/** Two started mains of one attempt, or two receipts with exit code 0. */
function doublesOf(uid: string, seen: Sightings): string[] {
  const started = seen.podsOf(uid, 'main').filter(({ startedAt }) => startedAt !== undefined);
  const attempts = new Set(started.map(({ attempt }) => attempt));
  const mains = [...attempts]
    .map((attempt) => ({ attempt, count: started.filter((pod) => pod.attempt === attempt).length }))
    .filter(({ count }) => count > 1);
  const receipts = seen.podsOf(uid, 'exit').filter(({ exitCode }) => exitCode === 0);
  return [
    ...mains.map(({ attempt, count }) => `started ${count} main pods of attempt ${attempt}`),
    ...(receipts.length > 1 ? [`has ${receipts.length} handlers that ended with 0`] : []),
  ];
}

/** A receipt that a watch has seen, or a stored reason why there is none. */
function handlerProblem({ uid, last }: RunSeen, seen: Sightings): string | undefined {
  const pods = seen.podsOf(uid, 'exit');
  if (pods.some(({ exitCode }) => exitCode === 0)) return undefined;
  const handled = conditionOf(last.status, 'ExitHandled');
  if (handled?.status === 'False' && handled.reason !== '') return undefined;
  const claimed = handled?.status === 'True' ? ', though its status says that it was handled' : '';
  return `has ended, and none of its ${pods.length} handler pods was seen to end with 0${claimed}`;
}

function explanationProblem({ life }: Canary, { last }: RunSeen, isMissing: boolean): string | undefined {
  const { phase, reason, handler } = life.expected;
  const { status } = last;
  const { reason: said = 'no reason', message = '' } = status?.main ?? {};
  if (status?.phase !== phase || said !== reason)
    return `should have ended as ${phase}, ${reason}; it says ${status?.phase ?? ''}, ${said}: ${message}`;
  if (message === '') return `ended as ${phase}, ${reason}, without a message`;
  const handled = conditionOf(status, 'ExitHandled');
  const isGivenUp = handled?.status !== 'True';
  if (isMissing || isGivenUp === (handler === 'given up')) return undefined;
  return isGivenUp
    ? `gave its handler up: ${handled?.reason ?? 'no reason'}: ${handled?.message ?? ''}`
    : 'says that its handler ended well, which it can not have';
}
