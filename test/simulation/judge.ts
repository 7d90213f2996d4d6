import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { ANNOTATION, FINALIZER, LABEL } from '../../src/core/naming/naming.ts';
import type { OMJob } from '../../src/core/omjob/omJob.ts';
import { viewOf } from '../../src/core/omjob/view.ts';
import { hasEnded, isGated, isHeld, mainTerminated } from '../../src/core/pod/podFacts.ts';
import { conditionOf, isTrue } from '../../src/core/run/conditions.ts';
import { DEFAULT_EXIT_RETRY, NODE_LOST_SECONDS } from '../../src/core/run/defaults.ts';
import { isTerminal } from '../../src/core/run/phases.ts';
import type { Run, RunStatus } from '../../src/core/run/run.ts';
import type { TransportRequest } from '../../src/kube/transport/transport.ts';
import type { Registry, ResourceInfo, StoredObject } from '../../src/kubelite/types.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Effects } from './effects.ts';
import { EvidenceJudge, type KnownLog, type StoredRecords } from './evidenceJudge.ts';
import type { GroundTruth, TrueLife } from './groundTruth.ts';
import { runResource } from './omJobs.ts';
import { NARROW_LIMIT, NARROW_QUEUE } from './plan.ts';
import { podEffects } from './podEffects.ts';
import type { PromiseName, Violation } from './promises.ts';

/** All that is known of one run from outside. */
interface RunRecord {
  readonly uid: string;
  readonly name: string;
  last: Run;
  isGone: boolean;
  /** Somebody has deleted it. */
  wasDeleted: boolean;
  writes: number;
}

/** Beyond so many writes for one run without any fault something goes round in circles; a plain life takes 9. */
const CALM_WRITES = 40;
/** What one fault may cost more: lost answers, conflicts, another attempt of the handler. */
const WRITES_PER_FAULT = 6;

/** Times of the API are whole seconds, and so is what an operator knows of the API's clock. */
const ROUNDED_MS = 2_000;

export interface JudgeParts {
  readonly clock: Pick<Clock, 'now'>;
  readonly registry: Registry;
  readonly truth: GroundTruth;
  readonly effects: Effects;
  /** What the database really holds; undefined: the operators have none. */
  readonly history: StoredRecords | undefined;
  /** How many faults the plan has. */
  readonly faults: number;
}

/** Watches the API and the nodes, never the operators, and says which promise was broken first. */
export class Judge {
  readonly records = new Map<string, RunRecord>();
  /** UIDs of pods from which somebody took our finalizer by hand. */
  readonly unheld = new Set<string>();
  /** Namespaces that somebody has deleted. */
  readonly doomed = new Set<string>();
  readonly #clock: Pick<Clock, 'now'>;
  readonly #registry: Registry;
  readonly #truth: GroundTruth;
  readonly #runs: ResourceInfo;
  readonly #omJobs: ResourceInfo;
  readonly #pods: ResourceInfo;
  readonly #maxWrites: number;
  readonly #isUndisturbed: boolean;
  readonly #leases: ResourceInfo;
  readonly #effects: Effects;
  readonly #evidence: EvidenceJudge;
  readonly #known = new Map<string, Pod>();
  /** Names of exit pods that left a receipt with 0 in the API, by UID of the run. */
  readonly #receipts = new Map<string, string>();
  /** UIDs of pods that an operator has deleted after they had ended. */
  readonly #receiptsDeletedByUs = new Set<string>();
  /** Objects whose create arrived while another led; of an exit pod that is left open (docs/decisions/0010). */
  readonly #lateCreates = new Set<string>();
  /** Logs, by namespace and pod, that an operator has asked for in vain. */
  readonly #deniedLogs = new Set<string>();
  #violation: Violation | undefined;

  constructor({ clock, registry, truth, effects, history, faults }: JudgeParts) {
    this.#clock = clock;
    this.#registry = registry;
    this.#truth = truth;
    this.#effects = effects;
    this.#evidence = new EvidenceJudge({
      history,
      effects,
      logOf: (pod) => this.#logOf(pod),
      violate: (promise, detail) => this.violate(promise, detail),
    });
    this.#leases = required(registry, 'coordination.k8s.io', 'leases');
    this.#maxWrites = CALM_WRITES + WRITES_PER_FAULT * faults;
    this.#isUndisturbed = faults === 0;
    this.#runs = runResource(registry);
    this.#omJobs = runResource(registry, 'OMJob');
    this.#pods = required(registry, '', 'pods');
    registry.watch(this.#runs, ({ type, object }) => this.#onRun(type, object as unknown as Run));
    registry.watch(this.#omJobs, ({ type, object }) => this.#onRun(type, viewOf(object as unknown as OMJob)));
    registry.watch(this.#pods, ({ type, object }) => this.#onPod(type, object as Pod));
  }

  violation(): Violation | undefined {
    return this.#violation;
  }

  /** The first one stands. */
  violate(promise: PromiseName, detail: string): void {
    this.#violation ??= { promise, detail };
  }

  /** Whether the create of that object is on its way from one that leads no more. */
  isLate(namespace: string, name: string): boolean {
    return this.#lateCreates.has(`${namespace}/${name}`);
  }

  runs(): Run[] {
    const omJobs = this.#registry.list(this.#omJobs) as unknown as OMJob[];
    return [...(this.#registry.list(this.#runs) as unknown as Run[]), ...omJobs.map(viewOf)];
  }

  pods(): Pod[] {
    return [...this.#registry.list(this.#pods)] as Pod[];
  }

  /** A main container has started on its node. */
  onStart(life: TrueLife): void {
    if (life.stage !== 'main') return;
    for (const other of this.#truth.startedOf(life.runUid, 'main')) {
      if (other.uid === life.uid) continue;
      const both = `${other.name} (${other.uid}) and ${life.name} (${life.uid})`;
      if (other.attempt === life.attempt) this.violate('oncePerAttempt', both);
      else if (other.isRunning()) this.violate('onceAtATime', both);
    }
    this.#checkAdmission(life);
  }

  /** A request of an operator, named as the lease would name it, reaches the API server. */
  onRequest(request: TransportRequest, identity: string): void {
    const path = request.path.split('?')[0] ?? '';
    if (request.method === 'GET' || request.path.includes('dryRun=')) return;
    const found = /\/namespaces\/([^/]+)\/(pods|runs|omjobs)(?:\/([^/]+))?/.exec(path);
    if (found === null) return;
    const [, namespace = '', plural, name = bodyName(request)] = found;
    if (this.#isStale(identity)) {
      this.#effects.add('write of a stale leader');
      if (request.method === 'POST') this.#lateCreates.add(`${namespace}/${name}`);
    }
    const record = this.#recordOf(namespace, name);
    if (record !== undefined) {
      record.writes += 1;
      if (record.writes > this.#maxWrites) {
        this.violate('fewWrites', `${record.writes} writes for run ${record.name}`);
      }
    }
    if (request.method !== 'DELETE') return;
    if (plural === 'pods') this.#onDeletePod(namespace, name, request);
    // A run that is held does not go by that: it is ended, and let go when its evidence is there.
    else if (record !== undefined && !record.last.metadata.finalizers?.includes(FINALIZER.exitOwed)) {
      // Of a pod that never came to its end, as on a node that is gone, there is no last evidence to wait for.
      const pods = [...this.#known.values()].filter(
        (pod) => pod.metadata?.labels?.[LABEL.runUid] === record.uid && hasEnded(pod),
      );
      this.#evidence.onDelete(request, record.last, pods, 'run');
    }
  }

  /** Whether another operator has the lease now. */
  #isStale(identity: string): boolean {
    const lease = this.#registry.get(this.#leases, 'endwell-system', 'endwell-operator') as
      | (StoredObject & { readonly spec?: { readonly holderIdentity?: string } })
      | undefined;
    const holder = lease?.spec?.holderIdentity ?? '';
    return holder !== '' && holder !== identity;
  }

  /** What the API server itself answered to it. */
  onAnswer(request: TransportRequest, status: number): void {
    this.#evidence.onAnswer(request, status);
    const path = request.path.split('?')[0] ?? '';
    if (request.method === 'POST' && this.#lateCreates.size > 0) {
      this.#lateCreates.delete(`${/\/namespaces\/([^/]+)/.exec(path)?.[1]}/${bodyName(request)}`);
    }
    if (status === 422 && request.method === 'PUT' && path.endsWith('/status')) {
      this.violate('legalWrites', `${path} was refused as invalid`);
    }
  }

  /** An operator was not given a log that it asked for: refused, cut off, or never answered. */
  onLogDenied({ path }: TransportRequest): void {
    const [, namespace, pod] = LOG_PATH.exec(path) ?? [];
    if (pod !== undefined) this.#deniedLogs.add(`${namespace}/${pod}`);
  }

  #logOf({ metadata: { uid = '', namespace, name } = {} }: Pod): KnownLog {
    const life = this.#truth.lives.get(uid);
    return {
      wrote: life?.startedMain ? life.wrote : undefined,
      wasDenied: this.#deniedLogs.has(`${namespace}/${name}`),
    };
  }

  /** Once nothing goes wrong any more and enough time has passed: what has not ended yet. */
  open(): string[] {
    return this.runs().flatMap((run) => {
      const held = run.metadata.finalizers?.includes(FINALIZER.exitOwed) && run.status?.phase !== 'Refused';
      const phase = run.status?.phase ?? 'none';
      return !isTerminal(run.status?.phase) || held
        ? [`run ${run.metadata.name} is ${phase}${held ? ', held' : ''}`]
        : [];
    });
  }

  /** Once everything was deleted and enough time has passed: what is left. */
  left(): string[] {
    return [
      ...this.runs().map((run) => `run ${run.metadata.name} (${run.status?.phase})`),
      ...this.pods()
        .filter((pod) => pod.metadata?.labels?.[LABEL.runUid] !== undefined)
        // The sweeper has seen these and removes them after its hour.
        .filter((pod) => pod.metadata?.annotations?.[ANNOTATION.sweepAfter] === undefined)
        .map((pod) => `pod ${pod.metadata?.name} (${pod.status?.phase})`),
    ];
  }

  /** Who is at work beside a main container that has just started: as admission counts it, one whose end is not recorded. */
  #checkAdmission(life: TrueLife): void {
    const mine = this.records.get(life.runUid)?.last;
    if (mine === undefined) return;
    const atWork = [...this.#truth.lives.values()].flatMap((other): Run[] => {
      const run = this.records.get(other.runUid)?.last;
      const attempt = run?.status?.attempts.find(({ podUID }) => podUID === other.uid);
      const counts = other.stage === 'main' && other.startedMain && other.isRunning();
      return counts && run !== undefined && attempt !== undefined && attempt.outcome === undefined
        ? [run]
        : [];
    });
    const queued = atWork.filter((run) => run.spec.queue === NARROW_QUEUE);
    if (mine.spec.queue === NARROW_QUEUE && queued.length > NARROW_LIMIT) {
      this.violate('limitsHold', `${queued.map(({ metadata }) => metadata.name).join(', ')} are at work`);
    }
    const { key, whenActive } = mine.spec.dedupe ?? {};
    if (key === undefined || whenActive === 'Allow') return;
    const other = atWork.find(
      ({ metadata, spec }) =>
        metadata.uid !== mine.metadata.uid &&
        metadata.namespace === mine.metadata.namespace &&
        spec.dedupe?.key === key &&
        spec.dedupe.whenActive !== 'Allow',
    );
    if (other !== undefined) {
      this.violate('oneOfAKey', `${other.metadata.name} and ${mine.metadata.name} have the key ${key}`);
    }
  }

  #recordOf(namespace: string, objectName: string): RunRecord | undefined {
    const name = objectName.replace(/-([mx]\d+|(main|exit)(-\d+)?)$/, '');
    return [...this.records.values()].findLast(
      (record) => record.name === name && record.last.metadata.namespace === namespace,
    );
  }

  #onRun(type: string, run: Run): void {
    const uid = run.metadata.uid ?? '';
    const record = this.records.get(uid);
    if (record === undefined) {
      const name = run.metadata.name ?? '';
      this.records.set(uid, { uid, name, last: run, isGone: false, wasDeleted: false, writes: 0 });
      return;
    }
    const before = record.last.status;
    record.last = run;
    record.wasDeleted ||= run.metadata.deletionTimestamp !== undefined;
    this.#checkStays(record, before, run.status);
    this.#checkAttempts(record, before);
    if (isTerminal(run.status?.phase) && !isTerminal(before?.phase)) this.#checkEnd(record);
    if (type !== 'DELETED') return;
    record.isGone = true;
    if (isTrueOf(run.status, 'Accepted') && !isTerminal(run.status?.phase)) {
      this.violate('notLost', `run ${record.name} went in phase ${run.status?.phase}`);
    }
  }

  #checkStays(record: RunRecord, before: RunStatus | undefined, after: RunStatus | undefined): void {
    const said = (status: RunStatus | undefined) => JSON.stringify(status);
    if (before?.main !== undefined && JSON.stringify(before.main) !== JSON.stringify(after?.main)) {
      this.violate('resultStays', `run ${record.name}: ${said(before)} became ${said(after)}`);
    }
    if (isTerminal(before?.phase)) {
      const fixed = (status: RunStatus | undefined) =>
        JSON.stringify([status?.phase, status?.main, status?.exit, status?.attempts.length]);
      if (fixed(before) !== fixed(after)) {
        this.violate('terminalStays', `run ${record.name}: ${fixed(before)} became ${fixed(after)}`);
      }
    }
  }

  /** What the status says of pods, against what they are. */
  #checkAttempts({ last: run, name, uid }: RunRecord, before: RunStatus | undefined): void {
    for (const attempt of run.status?.attempts ?? []) {
      const old = before?.attempts.find(({ podUID }) => podUID === attempt.podUID);
      if (old === undefined) {
        const pod = this.#registry.get(this.#pods, run.metadata.namespace, attempt.podName) as
          | Pod
          | undefined;
        if (pod?.metadata?.uid === attempt.podUID && pod.metadata.labels?.[LABEL.runUid] !== uid) {
          this.violate('ownPods', `run ${name} names pod ${attempt.podName}, which is somebody else's`);
        }
      }
      if (attempt.outcome === undefined || old?.outcome !== undefined || attempt.outcome === 'Lost') continue;
      if (attempt.unconfirmed && this.#isGivenUp(run, attempt.podUID)) continue;
      const runs = this.#truth.lives.get(attempt.podUID)?.isRunning() === true;
      if (runs && !this.unheld.has(attempt.podUID)) {
        this.violate(
          'endIsTrue',
          `run ${name}: ${attempt.podName} runs, and its end is recorded: ${attempt.reason}`,
        );
      }
    }
  }

  /** Its node was given up, or was to end it and has not said for as long that it did. */
  #isGivenUp(run: Run, podUID: string): boolean {
    if (conditionOf(run.status, 'NodeUnreachable')?.reason === 'GivenUp') return true;
    const goneBy = Date.parse(String(this.#known.get(podUID)?.metadata?.deletionTimestamp));
    const waitMs = (run.spec.limits?.nodeLostSeconds ?? NODE_LOST_SECONDS) * 1000;
    return this.#clock.now() >= goneBy + waitMs - ROUNDED_MS;
  }

  /** A run has just become terminal. */
  #checkEnd(record: RunRecord): void {
    const { last: run, name } = record;
    const { status, spec } = run;
    if (status === undefined || status.phase === 'Refused') return;
    const succeeded = this.#truth.startedOf(record.uid, 'main').some((life) => life.exitCode === 0);
    if (status.phase === 'Succeeded' && !succeeded) {
      this.violate('resultStays', `run ${name} is Succeeded and no main container ended with 0`);
    }
    if (spec.exitHandler === undefined) return;
    const handled = conditionOf(status, 'ExitHandled');
    if (handled?.status === 'True') {
      const ran = this.#truth.startedOf(record.uid, 'exit').some((life) => life.exitCode === 0);
      if (!ran) this.violate('handlerRan', `run ${name} says ${handled.reason} and no handler ended with 0`);
      return;
    }
    if (
      this.#isUndisturbed &&
      this.#truth.startedOf(record.uid, 'exit').some((life) => life.exitCode === 0)
    ) {
      this.violate(
        'handlerRan',
        `run ${name} gave its handler up, which had ended with 0, and nothing went wrong`,
      );
    }
    const attempts = status.exit?.attempts ?? 0;
    const most = spec.exitRetry?.maxAttempts ?? DEFAULT_EXIT_RETRY.maxAttempts;
    const doomed = this.doomed.has(run.metadata.namespace ?? '');
    if (
      handled === undefined ||
      (attempts < most && !(doomed && handled.reason === 'NamespaceTerminating'))
    ) {
      this.violate(
        'handlerRan',
        `run ${name} gave its handler up after ${attempts} of ${most} attempts: ${handled?.reason}, ${handled?.message}`,
      );
    }
  }

  #onPod(type: string, pod: Pod): void {
    const uid = pod.metadata?.uid ?? '';
    const runUid = pod.metadata?.labels?.[LABEL.runUid];
    if (runUid === undefined) return;
    const before = this.#known.get(uid);
    for (const effect of podEffects(pod)) this.#effects.add(effect);
    if (type === 'DELETED') this.#known.delete(uid);
    else this.#known.set(uid, pod);
    const record = this.records.get(runUid);
    const stage = pod.metadata?.labels?.[LABEL.stage];
    if (stage === 'exit') {
      if (before === undefined && type === 'ADDED') this.#onExitPod(pod, record);
      this.#noteReceipt(type, pod, runUid);
      return;
    }
    if (!isGated(pod) && (before === undefined || isGated(before))) this.#onUngated(pod, record);
    const wasHeld = before !== undefined && isHeld(before);
    if (type === 'DELETED' ? before !== undefined : wasHeld && !isHeld(pod)) this.#onReleased(pod, record);
  }

  #onUngated(pod: Pod, record: RunRecord | undefined): void {
    const names = record?.last.status?.attempts.map((attempt) => attempt.podUID) ?? [];
    if (!names.includes(pod.metadata?.uid ?? '')) {
      this.violate(
        'recordedFirst',
        `pod ${pod.metadata?.name} (${pod.metadata?.uid}) has no gate and no record`,
      );
    }
  }

  /** Our finalizer is off, or the whole pod is gone. */
  #onReleased(pod: Pod, record: RunRecord | undefined): void {
    const uid = pod.metadata?.uid ?? '';
    if (record === undefined || record.isGone || this.unheld.has(uid)) return;
    const { status, metadata } = record.last;
    const attempt = status?.attempts.find((one) => one.podUID === uid);
    // A pod that was never recorded has never started: there is nothing to keep.
    if (attempt === undefined || attempt.outcome !== undefined || isTerminal(status?.phase)) return;
    if (this.doomed.has(metadata.namespace ?? '')) return;
    this.violate('evidenceHeld', `pod ${pod.metadata?.name} was let go, and the status has no end of it`);
  }

  #onExitPod(pod: Pod, record: RunRecord | undefined): void {
    const { name = '', namespace = '' } = pod.metadata ?? {};
    if (this.#lateCreates.has(`${namespace}/${name}`)) return;
    const exit = record?.last.status?.exit;
    if (record !== undefined && exit?.podName !== name) {
      this.violate('handlerNamed', `exit pod ${name} was made while the status names ${exit?.podName}`);
    }
    const done = record && this.#receipts.get(record.uid);
    if (done !== undefined) {
      this.violate('handlerOnce', `exit pod ${name} was made though ${done} had left a receipt with 0`);
    }
  }

  /**
   * One that vanished before it was recorded proves nothing, and its handler is run again: by somebody else's hand, or
   * because it ended while it was being deleted, for then its node removes it at once. One that we deleted counts.
   */
  #noteReceipt(type: string, pod: Pod, runUid: string): void {
    const { name = '', uid = '' } = pod.metadata ?? {};
    const isRecorded = this.records.get(runUid)?.last.status?.exit?.receipt?.podUID === uid;
    if (type !== 'DELETED' || isRecorded || this.#receiptsDeletedByUs.has(uid)) {
      if (mainTerminated(pod)?.exitCode === 0) this.#receipts.set(runUid, name);
    } else if (this.#receipts.get(runUid) === name) this.#receipts.delete(runUid);
  }

  /** An operator deletes a pod. */
  #onDeletePod(namespace: string, name: string, request: TransportRequest): void {
    const pod = this.#registry.get(this.#pods, namespace, name) as Pod | undefined;
    if (pod === undefined || pod.metadata?.deletionTimestamp !== undefined || !isMeant(request, pod)) return;
    if (mainTerminated(pod) !== undefined) this.#receiptsDeletedByUs.add(pod.metadata?.uid ?? '');
    const runUid = pod.metadata?.labels?.[LABEL.runUid];
    if (runUid === undefined) {
      this.violate('foreignUntouched', `an operator deletes pod ${name}, which is nobody's`);
      return;
    }
    const record = this.records.get(runUid);
    if (record === undefined || record.isGone || this.doomed.has(namespace)) return;
    if (isTerminal(record.last.status?.phase)) {
      // One that we hold does not go by being deleted.
      if (hasEnded(pod) && !isHeld(pod)) this.#evidence.onDelete(request, record.last, [pod], 'pod');
      return;
    }
    const uid = pod.metadata?.uid ?? '';
    const isUnrecorded = isGated(pod) && !record.last.status?.attempts.some((one) => one.podUID === uid);
    const hasEnd = record.last.status?.attempts.some(
      (one) => one.podUID === uid && one.outcome !== undefined,
    );
    if (record.last.status?.verdicts?.[uid] === undefined && !isUnrecorded && hasEnd !== true) {
      this.violate('verdictFirst', `an operator deletes pod ${name}, and the status has no verdict on it`);
    }
  }
}

const LOG_PATH = /\/namespaces\/([^/]+)\/pods\/([^/]+)\/log(?:\?|$)/;

function isTrueOf(status: RunStatus | undefined, type: 'Accepted'): boolean {
  return status !== undefined && isTrue(status, type);
}

/** Whether a deletion is of this very object, as it is now: what a stale leader means may have long gone, or changed. */
function isMeant(request: TransportRequest, { metadata = {} }: Pod): boolean {
  const { preconditions = {} } = JSON.parse(request.body ?? '{}') as {
    preconditions?: { uid?: string; resourceVersion?: string };
  };
  const { uid = metadata.uid, resourceVersion = metadata.resourceVersion } = preconditions;
  return uid === metadata.uid && resourceVersion === metadata.resourceVersion;
}

function bodyName(request: TransportRequest): string {
  if (request.body === undefined) return '';
  return (JSON.parse(request.body) as Partial<StoredObject>).metadata?.name ?? '';
}

function required(registry: Registry, group: string, plural: string): ResourceInfo {
  const resource = registry.resource(group, plural);
  if (resource === undefined) throw new Error(`judging: the API does not serve ${plural}`);
  return resource;
}
