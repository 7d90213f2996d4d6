import { ForbiddenError } from '../kube/errors.ts';
import { Election } from '../kube/lease/election.ts';
import { seizeLease } from '../kube/lease/seizeLease.ts';
import type { KubeClient } from '../kube/types.ts';
import { type Clock, type Random, sleep } from '../ports/clock.ts';
import type { Logger } from '../telemetry/logger.ts';
import { ensureNamespace } from './ownNamespace.ts';

/** Name of the election lease (INTERFACE.md §3). */
const LEASE_NAME = 'endwell-operator';

/** How long to wait before the namespace is asked for again; doubled each time. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** What standing for election needs. */
export interface OfficeParts {
  readonly client: KubeClient;
  readonly namespace: string;
  /** `<host>_<pid>_<random>`. */
  readonly identity: string;
  readonly leaseSeconds: number;
  /** `dead`: whoever held the lease can't be alive any more, so that nothing is waited for. */
  readonly formerHolder?: 'dead';
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly onStarted: () => void;
  readonly onStopped: () => Promise<void>;
}

/** This process's part in the election. */
export interface Office {
  isLeader(): boolean;
  /** Why it can't take part; undefined when it can. */
  problem(): Error | undefined;
  /** Ends the work, gives the lease back and resolves. */
  stop(): Promise<void>;
}

/** Makes the operator's namespace if need be, takes the lease off a dead holder, then stands for election for as long as it runs. Never throws: it keeps trying. */
export function takeOffice(parts: OfficeParts): Office {
  const { client, namespace, log } = parts;
  const stopped = new AbortController();
  let namespaceProblem: Error | undefined;
  const election = new Election({
    client,
    ref: { namespace, name: LEASE_NAME },
    identity: parts.identity,
    leaseSeconds: parts.leaseSeconds,
    clock: parts.clock,
    random: parts.random,
    onStarted() {
      log.info('leads', { identity: parts.identity });
      parts.onStarted();
    },
    async onStopped(why) {
      log.info('leads no more', { identity: parts.identity, why });
      await parts.onStopped();
    },
  });
  const prepared = prepare(parts, stopped.signal, (error) => {
    namespaceProblem = error;
  }).then((isReady) => isReady && election.start());
  return {
    isLeader: () => election.isLeader(),
    problem: () => namespaceProblem ?? asError(election.problem()),
    async stop() {
      stopped.abort(new Error('the operator was stopped'));
      await prepared;
      await election.stop();
    },
  };
}

/** Where we may not even look, the lease itself will tell whether the namespace is there. */
async function prepare(
  parts: OfficeParts,
  signal: AbortSignal,
  note: (problem: Error | undefined) => void,
): Promise<boolean> {
  for (let pauseMs = FIRST_PAUSE_MS; !signal.aborted; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
    try {
      await ensureNamespace(parts.client, parts.namespace, { signal }).catch((error: unknown) => {
        if (!(error instanceof ForbiddenError)) throw error;
      });
      if (parts.formerHolder === 'dead') {
        const ref = { namespace: parts.namespace, name: LEASE_NAME };
        await seizeLease(parts.client, ref, parts.clock.now(), signal);
      }
      note(undefined);
      return true;
    } catch (error) {
      note(asError(error));
      await sleep(parts.clock, pauseMs, signal).catch(() => {});
    }
  }
  return false;
}

function asError(problem: unknown): Error | undefined {
  if (problem === undefined) return undefined;
  return problem instanceof Error ? problem : new Error('standing for election failed', { cause: problem });
}
