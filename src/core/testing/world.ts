import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { type AdmissionWord, NO_LIMIT } from '../admission/word.ts';
import { decide } from '../decide/decide.ts';
import type { Action, CreateError, Decision, PodEvent, PodEvents, Snapshot } from '../decide/decision.ts';
import { exitPod } from '../manifest/exitPod.ts';
import { mainPod } from '../manifest/mainPod.ts';
import { FINALIZER, templateName } from '../naming/naming.ts';
import { hasEnded, isHeld, isTerminating, nameOf, uidOf } from '../pod/podFacts.ts';
import { type ResolvedTemplate, resolveTemplate } from '../profile/resolveTemplate.ts';
import { isTerminal } from '../run/phases.ts';
import type { Run, RunStatus, RunTemplate } from '../run/run.ts';
import { NOW } from './fixedClock.ts';
import { askedToGo, endedPod, evictedPod, lostPod, mayStart, startedPod, ungatedPod } from './podLife.ts';
import type { Moment } from './promises.ts';
import { refusalOfAll } from './refusals.ts';
import { noteDeletions, noteEvents } from './seen.ts';
import { TestNodes } from './testNodes.ts';
import { withoutPolicy } from './withoutPolicy.ts';

/** How a pod's main container comes out of a kubelet's hands. */
export type PodChange = (pod: Pod) => Pod;

/**
 * One run, its pods, and an applier of decisions as small as can be: what a test of `decide` needs of a cluster. Time
 * stands still unless a test moves it.
 */
export class World {
  run: Run | undefined;
  pods: Pod[] = [];
  /** Writes in the order in which they were made, one word each. */
  readonly writes: string[] = [];
  /** UIDs of pods that a kubelet has started. */
  readonly started: string[] = [];
  readonly decisions: Decision[] = [];
  /** Every status that was stored, in order. */
  readonly statuses: RunStatus[] = [];
  /** Effects, each with the status that was stored when it was decided, or with it. */
  readonly acts: {
    readonly action: Action;
    readonly status: RunStatus | undefined;
    readonly moment: Omit<Moment, 'template'>;
  }[] = [];
  createError: CreateError | undefined;
  namespaceTerminating = false;
  #hidesPods = false;
  admission: AdmissionWord | undefined = NO_LIMIT;
  readonly nodes = new TestNodes();
  /** What the cluster's components said, by pod name; read when it is asked for. */
  readonly said = new Map<string, readonly PodEvent[]>();
  readonly #podEvents = new Map<string, PodEvents>();
  readonly #freshReads = new Map<string, number>();
  /** Empty of pods that were not seen to go. */
  readonly deletionsSeen = new Map<string, number>();
  /** Empty, as after a change of leader, when a test clears it. */
  readonly madeAt = new Map<string, number>();
  evidenceStored: ReadonlySet<string> | undefined;
  isSurplus = false;
  progressAt: number | undefined;
  /** What the end of each log reads. */
  tail = 'the last line';
  now = NOW;
  readonly #gone = new Set<string>();
  readonly #logTails = new Map<string, string>();
  #resolved: ResolvedTemplate;
  #uids = 0;

  /** `template`: the frozen one of a run that was accepted before; else it is what the spec resolves to. */
  constructor(run: Run, template?: RunTemplate) {
    this.run = run;
    this.#resolved = template === undefined ? resolveTemplate(run) : { template };
  }

  /** The template is one of a version that knew of no retries, retention or logs. */
  forgetPolicy(): this {
    this.#resolved = withoutPolicy(this.#resolved);
    return this;
  }

  /** Decides and applies until nothing is left to do at this moment. */
  settle(): this {
    for (let turns = 0; turns < 40; turns += 1) {
      if (this.run === undefined || !this.step()) {
        return this;
      }
    }
    const [last] = this.decisions.slice(-1);
    throw new Error(`settling: no rest after 40 decisions; the last one was ${JSON.stringify(last)}`);
  }

  /** One decision; whether it had anything to do. A crash leaves only so many of its effects done. */
  step(effects: number = Number.POSITIVE_INFINITY): boolean {
    return this.run !== undefined && this.actOn(this.snapshot(this.run), effects);
  }

  /** One decision on a snapshot that may be stale by now: then its status is refused, and its effects with it. */
  actOn(snapshot: Snapshot, effects: number = Number.POSITIVE_INFINITY): boolean {
    const decision = decide(snapshot, this.now);
    const stale =
      decision.status !== undefined && snapshot.run.status?.revision !== this.run?.status?.revision;
    this.decisions.push(decision);
    if (!stale) {
      this.#apply(decision, snapshot.run.status, effects);
    }
    return decision.status !== undefined || decision.actions.length > 0;
  }

  /** Moves time on. */
  pass(seconds: number): this {
    this.now += seconds * 1000;
    return this;
  }

  /** Changes a pod as a kubelet or a scheduler would; none of that name: nothing happens. */
  change(name: string, change: PodChange): this {
    this.pods = this.pods.map((pod) => (nameOf(pod) === name ? change(pod) : pod));
    return this;
  }

  pod(name: string): Pod | undefined {
    return this.pods.find((pod) => nameOf(pod) === name);
  }

  /** The kubelet starts the pod's main container, if nothing holds it back. */
  start(name: string): this {
    return this.change(name, (pod) => {
      if (!mayStart(pod) || !this.nodes.answers(pod)) {
        return pod;
      }
      this.started.push(uidOf(pod));
      return startedPod(pod, this.nodes.current, this.now);
    });
  }

  /** A main container that has started ends; with it its pod. */
  end(name: string, exitCode: number): this {
    return this.change(name, (pod) => (this.#runs(pod) ? endedPod(pod, exitCode, this.now) : pod)).#collect();
  }

  /** The node makes room: the kubelet ends a pod and says why. */
  evict(name: string): this {
    return this.change(name, (pod) => (this.#runs(pod) ? evictedPod(pod) : pod)).#collect();
  }

  /** What the cluster does for pods whose node is gone. */
  collectLostPods(): this {
    this.pods = this.pods.map((pod) => (this.nodes.isGone(pod) ? lostPod(pod) : pod));
    return this.#collect();
  }

  /** A store has the evidence of all that is there now. */
  storeEvidence(): this {
    const uids = [this.run?.metadata.uid ?? '', ...this.pods.map(uidOf)];
    this.evidenceStored = new Set([...(this.evidenceStored ?? []), ...uids]);
    return this;
  }

  /** Somebody asks for a pod's deletion. */
  remove(name: string, graceSeconds = 30): this {
    this.change(name, (pod) => askedToGo(pod, graceSeconds, this.now));
    noteDeletions(this.deletionsSeen, this.pods);
    return this.#collect();
  }

  /** Somebody removes a pod and its finalizers by force. */
  vanish(name: string): this {
    for (const pod of this.pods.filter((one) => nameOf(one) === name)) this.#gone.add(uidOf(pod));
    this.pods = this.pods.filter((pod) => nameOf(pod) !== name);
    return this;
  }

  /** The operator takes our finalizer off pods whose run is gone. */
  releaseOrphans(): this {
    if (this.run === undefined) {
      this.pods = this.pods.map((pod) => ({ ...pod, metadata: { ...pod.metadata, finalizers: [] } }));
    }
    return this.#collect();
  }

  /** Somebody deletes the run. */
  removeRun(): this {
    if (this.run !== undefined) {
      const deletionTimestamp = this.run.metadata.deletionTimestamp ?? new Date(this.now).toISOString();
      this.run = { ...this.run, metadata: { ...this.run.metadata, deletionTimestamp } };
    }
    return this.#collect();
  }

  /** Somebody cancels the run. */
  cancelRun(by = 'ann'): this {
    if (this.run !== undefined && this.run.spec.cancel === undefined) {
      this.run = { ...this.run, spec: { ...this.run.spec, cancel: { by } } };
    }
    return this;
  }

  /** What the run's spec resolves to. */
  get template(): RunTemplate | undefined {
    return this.#resolved.template;
  }

  /** A new leader, which has read nothing itself: its cache is behind and shows no pod, until a write or fresh read of one. */
  hidePods(): this {
    this.#hidesPods = true;
    this.#freshReads.clear();
    return this;
  }

  /** The cache has caught up. */
  showPods(): void {
    this.#hidesPods = false;
  }

  snapshot(run: Run): Snapshot {
    const { template: resolved, invalid } = this.#resolved;
    // Of a run that has ended no template is read any more.
    const template = isTerminal(run.status?.phase) ? undefined : resolved;
    return {
      run,
      template,
      templateName: template === undefined ? undefined : templateName(template),
      specInvalid: invalid,
      pods: this.#hidesPods ? [] : this.pods,
      gone: this.#gone,
      createErrors:
        this.createError === undefined ? new Map() : refusalOfAll(run.metadata.name ?? '', this.createError),
      logTails: this.#logTails,
      namespaceTerminating: this.namespaceTerminating,
      admission: this.admission,
      nodes: this.nodes.facts,
      podEvents: this.#podEvents,
      freshReads: this.#freshReads,
      deletionsSeen: this.deletionsSeen,
      madeAt: this.madeAt,
      evidenceStored: this.evidenceStored,
      isSurplus: this.isSurplus,
      progressAt: this.progressAt,
    };
  }

  #apply(decision: Decision, seen: RunStatus | undefined, effects: number): void {
    if (decision.status !== undefined && this.run !== undefined) {
      this.run = { ...this.run, status: decision.status };
      this.statuses.push(decision.status);
      this.writes.push(`status ${decision.status.phase}`);
    }
    for (const action of decision.actions.slice(0, effects)) {
      this.acts.push({ action, status: decision.status ?? seen, moment: this.#moment() });
      this.#act(action);
    }
    this.#collect();
  }

  #act(action: Action): void {
    const { run } = this;
    if (run === undefined) {
      return;
    }
    switch (action.kind) {
      case 'createMainPod':
        this.#create('create main', (template) => mainPod(run, template, action.attempt));
        return;
      case 'createExitPod':
        this.#create('create exit', (template) => exitPod(run, template, action.attempt));
        return;
      case 'ungateMainPod':
        this.#patch('ungate', action, ungatedPod);
        return;
      case 'deletePod':
        this.#patch('delete', action, (pod) => askedToGo(pod, 30, this.now));
        return;
      case 'releasePod':
        this.#patch('release pod', action, (pod) => ({
          ...pod,
          metadata: { ...pod.metadata, finalizers: [] },
        }));
        return;
      case 'readLogTail':
        this.#logTails.set(action.podUID, this.tail);
        return;
      case 'confirmGone':
        this.#hidesPods = false;
        if (!this.pods.some((pod) => uidOf(pod) === action.podUID)) {
          this.#gone.add(action.podUID);
        }
        return;
      case 'readPod':
        this.#hidesPods = false;
        this.#freshReads.set(action.podName, this.now);
        return;
      case 'readPodEvents':
        noteEvents(this.#podEvents, this.pod(action.podName), this.said, this.now);
        return;
      case 'deleteRun':
        this.writes.push('delete run');
        this.removeRun();
        return;
      case 'adoptPod':
        throw new Error('no pod of this world was made by another operator');
      case 'holdRun':
        this.writes.push('hold run');
        this.run = { ...run, metadata: { ...run.metadata, finalizers: [FINALIZER.exitOwed] } };
        return;
      case 'releaseRun':
        this.writes.push('release run');
        this.run = { ...run, metadata: { ...run.metadata, finalizers: [] } };
        return;
      default:
        action satisfies never;
    }
  }

  #create(word: string, build: (template: NonNullable<Snapshot['template']>) => Pod): void {
    const { template } = this;
    if (template === undefined) {
      return;
    }
    this.writes.push(word);
    if (this.createError !== undefined) {
      this.createError = { ...this.createError, at: this.now, count: this.createError.count + 1 };
      return;
    }
    const pod = build(template);
    this.madeAt.set(nameOf(pod), this.now);
    this.#hidesPods = false;
    if (this.pods.some((one) => nameOf(one) === nameOf(pod))) {
      return;
    }
    this.#uids += 1;
    this.pods.push({
      ...pod,
      metadata: { ...pod.metadata, uid: `uid-${this.#uids}` },
      status: { phase: 'Pending' },
    });
  }

  #patch(word: string, target: { readonly podUID: string }, change: PodChange): void {
    this.writes.push(word);
    this.pods = this.pods.map((pod) => (uidOf(pod) === target.podUID ? change(pod) : pod));
  }

  /** What the API server and its garbage collector remove. */
  #collect(): this {
    const goes = (pod: Pod) => isTerminating(pod) && hasEnded(pod) && !pod.metadata?.finalizers?.length;
    this.pods = this.pods.filter((pod) => !goes(pod));
    const { run } = this;
    if (run?.metadata.deletionTimestamp !== undefined && (run.metadata.finalizers ?? []).length === 0) {
      this.run = undefined;
    }
    if (this.run === undefined) {
      const stays = (pod: Pod) =>
        isHeld(pod) || (pod.metadata?.ownerReferences === undefined && !this.namespaceTerminating);
      this.pods = this.pods.filter(stays);
    }
    return this;
  }

  #runs(pod: Pod): boolean {
    return pod.status?.phase === 'Running' && this.nodes.answers(pod);
  }

  #moment(): Omit<Moment, 'template'> {
    const { now, evidenceStored: evidence, pods, run } = this;
    return { now, evidence, pods: [...pods], runUid: run?.metadata.uid ?? '' };
  }
}
