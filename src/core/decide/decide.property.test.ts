import * as fc from 'fast-check';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { nameOf, uidOf } from '../pod/podFacts.ts';
import { conditionOf, isTrue } from '../run/conditions.ts';
import { isLegalMove, isTerminal } from '../run/phases.ts';
import type { Run, RunStatus } from '../run/run.ts';
import { aRun } from '../testing/aRun.ts';
import { World } from '../testing/world.ts';

const REFUSAL = { status: 403, reason: 'Forbidden', message: 'exceeded quota: small', at: 0, count: 1 };

const TIMELINE = [
  'acceptedAt',
  'admittedAt',
  'startedAt',
  'finishedAt',
  'exitStartedAt',
  'exitFinishedAt',
] as const;

/** Something that happens in a cluster; `pick` chooses a pod among those that are there. */
type Happening =
  | { readonly kind: 'step' | 'crash' | 'settle' | 'stale' | 'remember' | 'hide' }
  | { readonly kind: 'cancel' | 'removeRun' | 'refuse' | 'allow' | 'terminateNamespace' }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'start' | 'remove' | 'vanish'; readonly pick: number }
  | { readonly kind: 'end'; readonly pick: number; readonly code: number };

const pick = fc.nat(5);
type Plain = Exclude<Happening, { readonly pick: number } | { readonly seconds: number }>['kind'];
const plain = (...kinds: Plain[]) => fc.constantFrom(...kinds).map((kind): Happening => ({ kind }));
const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 8, arbitrary: plain('step', 'crash', 'settle', 'stale', 'remember', 'hide') },
  { weight: 2, arbitrary: plain('cancel', 'removeRun', 'refuse', 'allow', 'allow') },
  { weight: 1, arbitrary: plain('terminateNamespace') },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('pass' as const),
      seconds: fc.integer({ min: 1, max: 4000 }).map((tenths) => tenths / 10),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('start' as const), pick }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('remove' as const, 'vanish' as const), pick }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('end' as const), pick, code: fc.constantFrom(0, 1, 137, 143) }),
  },
);

const someRun: fc.Arbitrary<Run> = fc
  .record({ handler: fc.boolean(), held: fc.boolean(), limit: fc.option(fc.integer({ min: 1, max: 300 })) })
  .map(({ handler, held, limit }) => {
    const base = held ? aRun() : aRun().unheld();
    const limited = limit === null ? base : base.withLimits({ runSeconds: limit, totalSeconds: limit * 2 });
    return (handler ? limited.withHandler() : limited).build();
  });

/** Plays one story, and checks after each sentence what must always hold. */
class Story {
  readonly world: World;
  readonly #startedMains = new Map<string, string>();
  #remembered: ReturnType<World['snapshot']> | undefined;
  #last: RunStatus | undefined;
  #checked = 0;
  #seen = 0;

  constructor(run: Run) {
    this.world = new World(run);
  }

  tell(what: Happening): void {
    this.#happen(what);
    this.#check();
  }

  /** Nothing bad happens any more: kubelets do their work, and time passes. */
  comeToRest(): void {
    this.world.createError = undefined;
    this.world.hidesPods = false;
    for (let turn = 0; turn < 30; turn += 1) {
      this.world.settle();
      this.#check();
      for (const pod of this.world.pods) {
        this.#start(pod);
      }
      this.world.settle();
      for (const pod of this.world.pods) {
        this.world.end(nameOf(pod), 0);
      }
      this.world.settle().pass(60);
      this.#check();
    }
    // Only then may a run go while a pod of it is hidden: its handler is not owed, or can't be had any more.
    if (!isTrue(this.#last, 'Accepted') || this.world.namespaceTerminating) {
      this.world.releaseOrphans();
    }
  }

  /** The last status that was stored. */
  last(): RunStatus | undefined {
    return this.#last;
  }

  #happen(what: Happening): void {
    const { world } = this;
    switch (what.kind) {
      case 'step':
      case 'settle':
        world[what.kind]();
        return;
      case 'crash':
        world.step(0);
        return;
      case 'hide':
        world.hidesPods = true;
        return;
      case 'remember':
        this.#remembered = world.run === undefined ? undefined : world.snapshot(world.run);
        return;
      case 'stale':
        if (this.#remembered !== undefined && world.run !== undefined) {
          world.actOn(this.#remembered);
        }
        return;
      case 'cancel':
        world.cancelRun();
        return;
      case 'removeRun':
        world.removeRun();
        return;
      case 'refuse':
        world.createError = { ...REFUSAL, at: world.now };
        return;
      case 'allow':
        world.createError = undefined;
        return;
      case 'terminateNamespace':
        world.namespaceTerminating = true;
        world.removeRun();
        return;
      case 'pass':
        world.pass(what.seconds);
        return;
      default:
        this.#happenToPod(what);
    }
  }

  #happenToPod(what: Extract<Happening, { pick: number }>): void {
    const pod = this.world.pods[what.pick % Math.max(1, this.world.pods.length)];
    if (pod === undefined) {
      return;
    }
    switch (what.kind) {
      case 'start':
        this.#start(pod);
        return;
      case 'end':
        this.world.end(nameOf(pod), what.code);
        return;
      case 'remove':
        this.world.remove(nameOf(pod));
        return;
      case 'vanish':
        this.world.vanish(nameOf(pod));
        return;
      default:
        what satisfies never;
    }
  }

  /** A started main pod must be on record, and be the only one of its attempt. */
  #start(pod: Pod): void {
    const before = this.world.started.length;
    this.world.start(nameOf(pod));
    if (this.world.started.length === before || pod.metadata?.labels?.['endwell.dev/stage'] !== 'main') {
      return;
    }
    const attempts = this.world.statuses.at(-1)?.attempts ?? [];
    expect(attempts.map(({ podUID }) => podUID)).toContain(uidOf(pod));
    expect(this.#startedMains.get(nameOf(pod)) ?? uidOf(pod)).toBe(uidOf(pod));
    this.#startedMains.set(nameOf(pod), uidOf(pod));
  }

  #check(): void {
    for (const status of this.world.statuses.slice(this.#seen)) {
      expect(isLegalMove(this.#last?.phase, status.phase)).toBe(true);
      if (this.#last?.main !== undefined) {
        expect(status.main).toEqual(this.#last.main);
      }
      const times = TIMELINE.map((name) => status.timeline[name]).filter((text) => text !== undefined);
      expect(times.map((text) => Date.parse(text))).toEqual(
        times.map((text) => Date.parse(text)).sort((a, b) => a - b),
      );
      this.#last = status;
    }
    this.#seen = this.world.statuses.length;
    for (const { action, status: stored } of this.world.acts.slice(this.#checked)) {
      const recorded = stored?.attempts.some(
        (attempt) => 'podUID' in action && attempt.podUID === action.podUID,
      );
      if (action.kind === 'ungateMainPod') {
        expect(recorded).toBe(true);
      }
      if (action.kind === 'deletePod' && recorded === true) {
        expect(stored?.verdicts).toHaveProperty([action.podUID]);
      }
    }
    this.#checked = this.world.acts.length;
  }
}

describe('decide, whatever happens in whatever order', () => {
  it('keeps its promises', () => {
    fc.assert(
      fc.property(someRun, fc.array(happening, { maxLength: 40 }), (run, story) => {
        const told = new Story(run);
        for (const what of story) {
          told.tell(what);
        }
        told.comeToRest();
        expectGoodEnd(told, run);
      }),
      { numRuns: 400 },
    );
  });
});

/** Every accepted run has ended; its handler, if it has one, left a receipt or was given up for a reason. */
function expectGoodEnd(told: Story, run: Run): void {
  const status = told.last();
  expect(told.world.pods.every((pod) => (pod.metadata?.finalizers ?? []).length === 0)).toBe(true);
  if (told.world.run === undefined) {
    expect(told.world.pods).toEqual([]);
  }
  if (!isTrue(status, 'Accepted')) {
    expect(told.world.run === undefined || status?.phase === 'Refused').toBe(true);
    return;
  }
  expect(isTerminal(status?.phase)).toBe(true);
  expect(told.world.run?.metadata.finalizers ?? []).toEqual([]);
  const handled = conditionOf(status, 'ExitHandled');
  if (run.spec.exitHandler !== undefined && handled?.status === 'True') {
    expect(status?.exit?.receipt?.exitCode).toBe(0);
  }
  expect(handled?.reason).toBeTruthy();
  if (handled?.status === 'False') {
    expect(handled.message).not.toBe('');
  }
}
