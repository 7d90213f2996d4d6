import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { AdmissionWord } from '../admission/word.ts';
import { NO_LIMIT } from '../admission/word.ts';
import { STORED_WITHIN_MS } from '../decide/steps/finished.ts';
import { hasEnded, isHeld, isStage, isTerminating, nameOf, uidOf } from '../pod/podFacts.ts';
import { isTrue, transitionOf } from '../run/conditions.ts';
import { isTerminal } from '../run/phases.ts';
import type { Run, RunStatus } from '../run/run.ts';
import { brokenByAction, brokenByStatus } from './promises.ts';
import { World } from './world.ts';

/** What happens without a choice. */
export const PLAIN_HAPPENINGS = [
  'step',
  'crash',
  'settle',
  'stale',
  'remember',
  'hide',
  'cancel',
  'removeRun',
  'refuse',
  'allow',
  'terminateNamespace',
  'admit',
  'hold',
  'muteAdmission',
  'refuseByAdmission',
  'loseNode',
  'returnNodes',
  'removeNodes',
  'collectLostPods',
  'useStore',
  'storeEvidence',
  'progress',
  'wake',
  'live',
] as const;

/** Something that happens in a cluster; `pick` chooses a pod among those that are there. */
export type Happening =
  | { readonly kind: (typeof PLAIN_HAPPENINGS)[number] }
  | { readonly kind: 'pass'; readonly seconds: number }
  | { readonly kind: 'start' | 'remove' | 'vanish' | 'evict'; readonly pick: number }
  | { readonly kind: 'end'; readonly pick: number; readonly code: number };

const REFUSAL = { status: 403, reason: 'Forbidden', message: 'exceeded quota: small', at: 0, count: 1 };
const HELD: AdmissionWord = { kind: 'waits', reason: 'LimitReached', message: '1 of 1 runs' };
const DUPLICATE: AdmissionWord = { kind: 'refused', reason: 'DuplicateRejected', message: 'other is active' };

/** More turns than any run needs once nothing bad happens any more. */
const MAX_TURNS = 300;

/** Plays one story of a run, and throws at the first sentence that breaks a promise, saying which. */
export class Story {
  readonly world: World;
  readonly #startedMains = new Map<string, string>();
  #remembered: ReturnType<World['snapshot']> | undefined;
  #last: RunStatus | undefined;
  #seenStatuses = 0;
  #seenActs = 0;

  constructor(run: Run) {
    this.world = new World(run);
  }

  tell(what: Happening): void {
    this.#happen(what);
    this.#check();
  }

  /** The last status that was stored. */
  last(): RunStatus | undefined {
    return this.#last;
  }

  /**
   * Nothing bad happens any more: kubelets do their work, the store takes what it is given, and time passes as the run
   * itself says that it waits for. Lost nodes stay lost until the run has its outcome: only then they return, or are taken
   * out. Throws when it waits for nothing and is not gone.
   */
  comeToRest(atLast: 'returnNodes' | 'removeNodes' | undefined): void {
    const { world } = this;
    world.createError = undefined;
    world.showPods();
    world.admission = NO_LIMIT;
    for (let turn = 0; turn < MAX_TURNS && world.run !== undefined; turn += 1) {
      if (!this.#rest()) {
        const wakeAt = world.decisions.at(-1)?.wakeAt;
        if (wakeAt === undefined) {
          this.#mend(atLast);
          atLast = undefined;
        } else {
          world.now = Math.max(world.now, wakeAt);
        }
      }
    }
    world.settle();
    this.#check();
    // Only then may a run go while a pod of it is hidden: its handler is not owed, or can't be had any more; or the pod
    // never started and is on no record, so that nobody could ask for it.
    if (!isTrue(this.#last, 'Accepted') || world.namespaceTerminating || this.#leftInertPods()) {
      world.releaseOrphans();
    }
    for (const pod of world.pods) {
      world.end(nameOf(pod), 0);
    }
    world.collectLostPods();
  }

  #mend(atLast: 'returnNodes' | 'removeNodes' | undefined): void {
    const status = this.world.run?.status;
    promise(atLast !== undefined, `the run waits for nothing: ${JSON.stringify(status)}`);
    promise(isTerminal(status?.phase), `the run waits for a node for ever: ${JSON.stringify(status)}`);
    this.#happenPlainly(atLast ?? 'returnNodes');
  }

  #leftInertPods(): boolean {
    const known = new Set([
      ...this.world.started,
      ...(this.#last?.attempts ?? []).map(({ podUID }) => podUID),
    ]);
    return this.world.pods.filter(isHeld).every((pod) => !known.has(uidOf(pod)));
  }

  /** One quiet turn; whether anything moved. */
  #rest(): boolean {
    const { world } = this;
    const before = JSON.stringify([world.run, world.pods]);
    world.settle();
    if (world.evidenceStored !== undefined) {
      world.storeEvidence();
    }
    world.collectLostPods();
    this.#live();
    for (const pod of world.pods) {
      world.end(nameOf(pod), 0);
    }
    world.settle();
    this.#check();
    return JSON.stringify([world.run, world.pods]) !== before;
  }

  #happen(what: Happening): void {
    const { world } = this;
    switch (what.kind) {
      case 'pass':
        world.pass(what.seconds);
        return;
      case 'start':
      case 'end':
      case 'evict':
      case 'remove':
      case 'vanish':
        this.#happenToPod(what);
        return;
      default:
        this.#happenPlainly(what.kind);
    }
  }

  #happenPlainly(kind: (typeof PLAIN_HAPPENINGS)[number]): void {
    const { world } = this;
    const plain: Record<typeof kind, () => unknown> = {
      step: () => world.step(),
      settle: () => world.settle(),
      crash: () => world.step(0),
      hide: () => world.hidePods(),
      remember: () => (this.#remembered = world.run === undefined ? undefined : world.snapshot(world.run)),
      stale: () => this.#remembered && world.run && world.actOn(this.#remembered),
      cancel: () => world.cancelRun(),
      removeRun: () => world.removeRun(),
      refuse: () => (world.createError = { ...REFUSAL, at: world.now }),
      allow: () => (world.createError = undefined),
      terminateNamespace: () => {
        world.namespaceTerminating = true;
        world.removeRun();
      },
      admit: () => (world.admission = NO_LIMIT),
      hold: () => (world.admission = HELD),
      muteAdmission: () => (world.admission = undefined),
      refuseByAdmission: () => (world.admission = DUPLICATE),
      loseNode: () => world.nodes.lose(),
      returnNodes: () => world.nodes.return(),
      removeNodes: () => world.nodes.remove(),
      collectLostPods: () => world.collectLostPods(),
      // Somebody sets a store up, which takes a new process: nothing is remembered.
      useStore: () => {
        this.#remembered = undefined;
        world.evidenceStored ??= new Set();
      },
      storeEvidence: () => world.evidenceStored && world.storeEvidence(),
      progress: () => (world.progressAt = world.now),
      live: () => this.#live(),
      wake: () => (world.now = Math.max(world.now, world.decisions.at(-1)?.wakeAt ?? 0)),
    };
    plain[kind]();
  }

  /** All goes as it should for a moment: what is to be made is made, what is there starts. */
  #live(): void {
    this.world.settle();
    for (const pod of this.world.pods) {
      this.#start(pod);
    }
    this.world.settle();
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
      case 'evict':
        this.world.evict(nameOf(pod));
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

  /** A started main pod must be on record, be the only one of its attempt, and the only one that may run. */
  #start(pod: Pod): void {
    const before = this.world.started.length;
    this.world.start(nameOf(pod));
    if (this.world.started.length === before || !isStage(pod, 'main')) {
      return;
    }
    const attempts = this.world.statuses.at(-1)?.attempts ?? [];
    promise(
      attempts.some(({ podUID }) => podUID === uidOf(pod)),
      'a main pod started that is not on record',
    );
    const first = this.#startedMains.get(nameOf(pod)) ?? uidOf(pod);
    promise(first === uidOf(pod), `a second main pod of ${nameOf(pod)} started`);
    this.#startedMains.set(nameOf(pod), uidOf(pod));
    const unconfirmed = new Set(attempts.filter((one) => one.unconfirmed === true).map((one) => one.podUID));
    const alive = this.world.pods.filter(
      (one) => this.world.started.includes(uidOf(one)) && isStage(one, 'main') && !this.#isOver(one),
    );
    promise(
      alive.every((one) => uidOf(one) === uidOf(pod) || unconfirmed.has(uidOf(one))),
      'two main pods of the run are alive',
    );
  }

  #isOver(pod: Pod): boolean {
    return hasEnded(pod) || this.world.nodes.isGone(pod);
  }

  #check(): void {
    const { world } = this;
    const template = world.template;
    for (const status of world.statuses.slice(this.#seenStatuses)) {
      const broken = brokenByStatus(this.#last, status, template);
      promise(broken === undefined, `${broken}`);
      this.#last = status;
    }
    this.#seenStatuses = world.statuses.length;
    for (const { action, status, moment } of world.acts.slice(this.#seenActs)) {
      const broken = brokenByAction(action, status, { ...moment, template });
      promise(broken === undefined, `${broken}`);
    }
    this.#seenActs = world.acts.length;
  }
}

/** Whether a story may end so: everything that must be true of a run that is over. */
export function brokenByEnd(told: Story, run: Run): string | undefined {
  const { world } = told;
  const status = told.last();
  const left = world.pods.filter((pod) => !isTerminating(pod) && !isForSweeper(told, pod));
  const rows: [boolean, string][] = [
    [
      world.pods.every((pod) => (pod.metadata?.finalizers ?? []).length === 0),
      'a pod still has our finalizer',
    ],
    [world.run === undefined, `the run is still there: ${JSON.stringify(world.run?.status)}`],
    [left.length === 0, `pods are left behind: ${left.map(nameOf).join(', ')}`],
    [
      status === undefined ||
        isTrue(status, 'Accepted') ||
        status.phase === 'Refused' ||
        status.main === undefined,
      'a run that was not accepted has a result',
    ],
    ...(isTrue(status, 'Accepted') ? acceptedRows(status, run) : []),
  ];
  return rows.find(([holds]) => !holds)?.[1];
}

/** The pod of a handler whose evidence was not stored in time when its run was let go: that is waited for by the sweeper. */
function isForSweeper(told: Story, pod: Pod): boolean {
  const status = told.last();
  const finishedAt = status === undefined ? undefined : transitionOf(status, 'Finished');
  return (
    told.world.evidenceStored !== undefined &&
    isStage(pod, 'exit') &&
    hasEnded(pod) &&
    (pod.metadata?.ownerReferences ?? []).length === 0 &&
    finishedAt !== undefined &&
    told.world.now >= finishedAt + STORED_WITHIN_MS
  );
}

function acceptedRows(status: RunStatus | undefined, run: Run): [boolean, string][] {
  const handled = status?.conditions.find(({ type }) => type === 'ExitHandled');
  const hasHandler = run.spec.exitHandler !== undefined;
  return [
    [isTerminal(status?.phase), `an accepted run went in phase ${status?.phase}`],
    [handled !== undefined, 'nothing is said of its handler'],
    [
      !hasHandler || handled?.status !== 'True' || status?.exit?.receipt?.exitCode === 0,
      'a handler is called run that left no receipt',
    ],
    [handled?.status !== 'False' || handled.message !== '', 'a handler was given up without a reason'],
  ];
}

function promise(holds: boolean, sentence: string): void {
  if (!holds) {
    throw new Error(`broken promise: ${sentence}`);
  }
}
