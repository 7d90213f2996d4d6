import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Clock, sleep } from '../../ports/clock.ts';
import { type VirtualClock, virtualClock } from '../../ports/testing/virtualClock.ts';
import { AnswerLostError, UnreachableError } from '../errors.ts';
import { FakeCluster } from '../watch/testing/fakeCluster.ts';
import { Election, type ElectionOptions } from './election.ts';

/** The work of a leader takes so long to end. */
const WORK_ENDS_MS = 3_000;
const NAMES = ['a', 'b', 'c'] as const;
const name = fc.constantFrom(...NAMES);
const step = fc.oneof(
  fc.record({
    do: fc.constantFrom('cutOff' as const, 'join' as const, 'pause' as const, 'resume' as const),
    name,
  }),
  fc.record({ do: fc.constantFrom('loseAnswers' as const, 'calm' as const, 'slow' as const), name }),
  fc.record({
    do: fc.constant('wait' as const),
    name,
    ms: fc.constantFrom(300, 1_000, 4_000, 9_000, 16_000),
  }),
);

/** A process that can be paused: its timers and its answers wait, the world's clock goes on. */
function pausable(clock: VirtualClock) {
  let held: (() => void)[] | undefined;
  const own: Clock = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (ms, fn) => {
      let isCancelled = false;
      const fire = () => isCancelled || fn();
      const timer = clock.after(ms, () => void (held ? held.push(fire) : fire()));
      return {
        cancel: () => {
          isCancelled = true;
          timer.cancel();
        },
      };
    },
  };
  const awake = async () => {
    if (held) await new Promise<void>((resolve) => held?.push(resolve));
  };
  async function gated<A>(call: () => Promise<A>): Promise<A> {
    await awake();
    try {
      return await call();
    } finally {
      await awake();
    }
  }
  return {
    clock: own,
    gated,
    isPaused: () => held !== undefined,
    pause: () => {
      held ??= [];
    },
    /** `first` runs before any timer or answer that is due, as any code of a process that wakes may. */
    resume: (first: () => void) => {
      const due = held ?? [];
      held = undefined;
      first();
      for (const go of due) go();
    },
  };
}

function aProcess(cluster: FakeCluster, world: VirtualClock, identity: string) {
  const process = pausable(world);
  const client = cluster.client(identity);
  const port: ElectionOptions['client'] = {
    get: (...args) => process.gated(() => client.get(...args)),
    create: (...args) => process.gated(() => client.create(...args)),
    replace: (...args) => process.gated(() => client.replace(...args)),
  };
  const work = { running: 0, overlapped: false };
  const election = new Election({
    client: port,
    ref: { namespace: 'ns', name: 'endwell-operator' },
    identity,
    clock: process.clock,
    random: () => 0.5,
    onStarted: () => {
      work.running++;
      work.overlapped ||= work.running > 1;
    },
    onStopped: async () => {
      await sleep(process.clock, WORK_ENDS_MS);
      work.running--;
    },
  });
  election.start();
  return { ...process, election, work };
}

describe('Election, over random cuts, pauses, slow and lost answers', () => {
  it('never lets two processes act at once, and has one leader when all is well again', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const world = virtualClock();
        const cluster = new FakeCluster(world);
        const cut = new Set<string>();
        const losing = new Set<string>();
        const slow = new Set<string>();
        cluster.behaviour.before = ({ client }) =>
          cut.has(client) ? new UnreachableError({ message: 'cut off', phase: 'connect' }) : undefined;
        cluster.behaviour.after = ({ client }) =>
          losing.has(client) ? new AnswerLostError({ message: 'lost' }) : undefined;
        cluster.behaviour.latencyMs = ({ client }) => (slow.has(client) ? 3_300 : 20);
        const processes = new Map(NAMES.map((each) => [each, aProcess(cluster, world, each)]));
        const leaders = () =>
          [...processes.values()].filter((each) => !each.isPaused() && each.election.isLeader());
        const onlyOne = () => expect(leaders().length).toBeLessThanOrEqual(1);
        const pass = async (ms: number) => {
          for (let left = ms; left > 0; left -= 100) {
            await world.advance(100);
            onlyOne();
          }
        };
        for (const now of steps) {
          if (now.do === 'cutOff') cut.add(now.name);
          if (now.do === 'join') cut.delete(now.name);
          if (now.do === 'pause') processes.get(now.name)?.pause();
          if (now.do === 'resume') processes.get(now.name)?.resume(onlyOne);
          if (now.do === 'loseAnswers') losing.add(now.name);
          if (now.do === 'slow') slow.add(now.name);
          if (now.do === 'calm') for (const faults of [losing, slow]) faults.delete(now.name);
          onlyOne();
          if (now.do === 'wait') await pass(now.ms);
        }
        for (const faults of [cut, losing, slow]) faults.clear();
        for (const each of processes.values()) each.resume(onlyOne);
        await pass(40_000);
        expect(leaders()).toHaveLength(1);
        expect([...processes.values()].some(({ work }) => work.overlapped)).toBe(false);
        const stops = [...processes.values()].map(({ election }) => election.stop());
        await world.advance(20_000);
        await Promise.all(stops);
        expect(world.timers()).toBe(0);
      }),
      {
        numRuns: 100,
        examples: [
          // A leader that is cut off for longer than its deadline, and loses between two renewals.
          [
            [
              { do: 'wait', name: 'a', ms: 9_000 },
              { do: 'cutOff', name: 'a' },
              { do: 'wait', name: 'a', ms: 9_000 },
            ],
          ],
        ],
      },
    );
  }, 60_000);
});
