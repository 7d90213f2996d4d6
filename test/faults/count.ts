import { isTerminal } from '../../src/core/run/phases.ts';
import type { Run } from '../../src/core/run/run.ts';
import type { Job } from './job.ts';
import type { Call } from './receiver.ts';

/** All that was seen of one fault from outside, when everything is over. */
export interface Facts {
  readonly jobs: readonly Job[];
  /** Name -> the run as it ended; of one that is gone its last state. */
  readonly runs: ReadonlyMap<string, Run>;
  /** Names of runs that are not there any more. */
  readonly gone: ReadonlySet<string>;
  readonly calls: readonly Call[];
  /** Name of a main pod -> UIDs that started under it, as a watch saw them. */
  readonly started: ReadonlyMap<string, ReadonlySet<string>>;
  /** Name of a run -> UIDs of exit pods of it that ended with 0, as a watch saw them. */
  readonly handled: ReadonlyMap<string, ReadonlySet<string>>;
  /** Name of a main pod -> how often the scheduler bound a pod of that name, by the audit log. */
  readonly bound: ReadonlyMap<string, number>;
  /** What is left after all runs were deleted, as `kind/name`. */
  readonly left: readonly string[];
}

/** The figures of one fault; each but `runs`, `repeated` and `givenUp` has to be 0. */
export interface Counts {
  readonly runs: number;
  /** Runs that are not there, or have not ended. */
  readonly lost: number;
  /** Attempts of which two mains started, and handlers of which two ended with 0. */
  readonly doubled: number;
  /** Handlers that were never called and not given up either. */
  readonly missing: number;
  /** Handlers that were given up, with a reason in the status. */
  readonly givenUp: number;
  /** Handlers that were called more than once, which "at least once" allows. */
  readonly repeated: number;
  /** Runs that ended in a way that is not true. */
  readonly wrong: number;
  /** Objects that stayed after their run was deleted. */
  readonly left: number;
  /** What is wrong, one sentence each. */
  readonly problems: readonly string[];
}

/** Counts what became of a load. Pure: the same facts give the same figures. */
export function count(facts: Facts): Counts {
  const problems: string[] = [];
  const tally = { lost: 0, doubled: 0, missing: 0, givenUp: 0, repeated: 0, wrong: 0, left: 0 };
  const blame = (what: 'lost' | 'doubled' | 'missing' | 'wrong' | 'left', sentence: string) => {
    tally[what] += 1;
    problems.push(`${what}: ${sentence}`);
  };

  for (const job of facts.jobs) {
    const run = facts.runs.get(job.name);
    if (run === undefined || (facts.gone.has(job.name) && job.goes !== true)) {
      blame('lost', `run ${job.name} is gone`);
      continue;
    }
    judgeEnd(job, run);
    judgeHandler(job, run);
  }
  for (const [pod, reason] of doubledMains(facts)) blame('doubled', `main pod ${pod} ${reason}`);
  for (const object of facts.left) blame('left', object);
  return { runs: facts.jobs.length, ...tally, problems };

  function judgeEnd(job: Job, { status }: Run): void {
    if (!isTerminal(status?.phase)) {
      if (job.goes !== true) blame('lost', `run ${job.name} has not ended, it is ${status?.phase}`);
      return;
    }
    const end = endOf(status);
    if (!job.ends.includes(end)) {
      blame('wrong', `run ${job.name} ended ${end} (${status?.main?.message}), not ${job.ends.join(' or ')}`);
    }
  }

  function judgeHandler(job: Job, run: Run): void {
    const calls = callsOf(facts.calls, run, 'exit');
    const isGivenUp = givesUp(run);
    if (calls.length > 1) tally.repeated += 1;
    if (calls.length === 0 && isGivenUp && job.mayGiveUp === true) tally.givenUp += 1;
    else if (calls.length === 0) blame('missing', `the handler of run ${job.name} was not called`);
    const ended = [...(facts.handled.get(job.name) ?? [])];
    if (ended.length > 1)
      blame(
        'doubled',
        `the handler of run ${job.name} was made again after it had ended with 0: ${ended.join(', ')}`,
      );
  }
}

/** `Succeeded Completed`, `Failed ExitCode 3`: how a run ended, in a few words. */
export function endOf(status: Run['status']): string {
  const { reason, exitCode } = status?.main ?? {};
  const code = reason === 'ExitCode' ? [exitCode] : [];
  return [status?.phase, reason ?? status?.reason, ...code].join(' ');
}

/** Does the status say why no handler ran to its end? */
function givesUp({ status }: Run): boolean {
  const handled = status?.conditions.find(({ type }) => type === 'ExitHandled');
  return handled?.status === 'False' && handled.reason !== '';
}

/** Calls of one kind of a run, one for each life of a container, in order. */
export function callsOf(calls: readonly Call[], run: Run, said: Call['said']): Call[] {
  const lives = new Set<string>();
  return calls.filter((call) => {
    if (call.said !== said || call.run !== run.metadata.uid || lives.has(call.life)) return false;
    lives.add(call.life);
    return true;
  });
}

/** Main pods of one name, so of one attempt, that started twice: by what they said, by the watch, by the audit log. */
function doubledMains({ calls, started, bound }: Facts): Map<string, string> {
  const doubled = new Map<string, string>();
  for (const [pod, times] of bound) if (times > 1) doubled.set(pod, `was bound ${times} times`);
  for (const [pod, uids] of started)
    if (uids.size > 1) doubled.set(pod, `was seen started ${uids.size} times`);
  const lives = new Map<string, Set<string>>();
  for (const { said, run, pod, life } of calls) {
    if (said !== 'main') continue;
    const key = `${run} ${pod}`;
    lives.set(key, (lives.get(key) ?? new Set()).add(life));
  }
  for (const [key, all] of lives)
    if (all.size > 1) doubled.set(key.split(' ')[1] ?? '', `said ${all.size} times that it began`);
  return doubled;
}
