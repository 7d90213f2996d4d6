import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { adoptPod } from '../actions/adoptPod.ts';
import { createPod, NameTakenError } from '../actions/createPod.ts';
import { deletePod } from '../actions/deletePod.ts';
import { deleteRun } from '../actions/deleteRun.ts';
import { holdRun } from '../actions/holdRun.ts';
import { readFresh, readNamed } from '../actions/readFresh.ts';
import { readLogTail } from '../actions/readLogTail.ts';
import { readPodEvents } from '../actions/readPodEvents.ts';
import { releaseFinalizer } from '../actions/releaseFinalizer.ts';
import { RUN_KINDS } from '../actions/runKinds.ts';
import { type EffectOptions, type Target, targetOf } from '../actions/target.ts';
import { ungatePod } from '../actions/ungatePod.ts';
import type { Action, CreateError, Snapshot } from '../core/decide/decision.ts';
import { exitPod } from '../core/manifest/exitPod.ts';
import { mainPod } from '../core/manifest/mainPod.ts';
import { FINALIZER, LABEL, MAIN_CONTAINER } from '../core/naming/naming.ts';
import { isGated, isStage, mainContainerName, nameOf, uidOf } from '../core/pod/podFacts.ts';
import { timeOf } from '../core/run/conditions.ts';
import type { Run } from '../core/run/run.ts';
import { AbortedError, ConflictError, KubeError } from '../kube/errors.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { OperatorMetrics } from '../telemetry/metrics.ts';
import type { RunMemory } from './runMemory.ts';
import { trimPod } from './trimObjects.ts';

/** What effects need beside the run. */
export interface EffectParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly metrics: OperatorMetrics;
}

/** One run in the middle of being worked on. */
export interface Subject {
  /** As stored: after the status write, if there was one. */
  readonly run: Run;
  readonly snapshot: Snapshot;
  readonly memory: RunMemory;
}

/** `again`: it brought something that the next decision should see at once. */
export type EffectResult = 'done' | 'again';

/** Carries out one action. Each is safe to repeat, so an error means: the whole run is looked at again later. */
export async function carryOut(
  parts: EffectParts,
  subject: Subject,
  action: Action,
  options: EffectOptions,
): Promise<EffectResult> {
  switch (action.kind) {
    case 'createMainPod':
      return create(parts, subject, mainPod(subject.run, templateOf(subject), action.attempt), options);
    case 'createExitPod':
      return createExit(parts, subject, action.attempt, options);
    case 'ungateMainPod':
      return keepPod(
        parts,
        subject,
        action,
        await ungatePod(parts.client, podTarget(subject, action), options),
      );
    case 'releasePod':
      return releasePod(parts, subject, action, options);
    case 'deletePod':
      return removePod(parts, subject, action, options);
    case 'readLogTail':
      return readTail(parts, subject, action, options);
    case 'confirmGone':
      return confirmGone(parts, subject, action, options);
    case 'readPod':
      return readByName(parts, subject, action.podName, options);
    case 'adoptPod':
      return adoptMain(parts, subject, action.podName, options);
    case 'readPodEvents':
      return readEvents(parts, subject, action, options);
    case 'deleteRun':
      return removeRun(parts, subject, options);
    case 'holdRun':
      subject.memory.rememberRun(await holdRun(parts.client, subject.run, options));
      return 'again';
    case 'releaseRun':
      return releaseRun(parts, subject, options);
    default:
      return action satisfies never;
  }
}

interface NamedPod {
  readonly podName: string;
  readonly podUID: string;
}

function podTarget(subject: Subject, pod: NamedPod): Target & { known?: Pod } {
  const known = subject.snapshot.pods.find((one) => uidOf(one) === pod.podUID);
  const target = { namespace: subject.run.metadata.namespace ?? '', name: pod.podName, uid: pod.podUID };
  return known ? { ...target, known } : target;
}

/**
 * An exit pod that is no longer as it was seen is looked at again, and so is a main behind its gate: a leader after this
 * one may have recorded it and let it through.
 */
async function removePod(
  parts: EffectParts,
  subject: Subject,
  action: Action & { kind: 'deletePod' },
  options: EffectOptions,
): Promise<EffectResult> {
  const { known, ...target } = podTarget(subject, action);
  const version =
    known && (isStage(known, 'exit') || isGated(known)) ? known.metadata?.resourceVersion : undefined;
  const asSeen = version === undefined ? {} : { resourceVersion: version };
  try {
    const result = await deletePod(parts.client, { ...target, ...killOf(action), ...asSeen }, options);
    if (result === 'absent') subject.memory.forgetPod(action.podUID);
    return 'done';
  } catch (error) {
    if (version === undefined || !(error instanceof ConflictError)) throw error;
    return readByName(parts, subject, action.podName, options);
  }
}

/** Only a pod of this very run is taken note of. */
async function readByName(
  parts: EffectParts,
  subject: Subject,
  name: string,
  options: EffectOptions,
): Promise<EffectResult> {
  const { namespace = '', uid } = subject.run.metadata;
  const at = parts.client.serverNow();
  const found = await readNamed(parts.client, pods, { namespace, name }, options);
  const isMine = found?.metadata?.labels?.[LABEL.runUid] === uid;
  for (const pod of subject.snapshot.pods) {
    if (nameOf(pod) === name && uidOf(pod) !== found?.metadata?.uid) subject.memory.forgetPod(uidOf(pod));
  }
  if (found && isMine) subject.memory.confirmPod(trimPod(found), parts.clock.monotonic());
  subject.memory.freshReads.set(name, at);
  return 'again';
}

function killOf(action: Action & { kind: 'deletePod' }) {
  const { verdict, graceSeconds } = action;
  return graceSeconds === undefined ? { verdict } : { verdict, graceSeconds };
}

function templateOf(subject: Subject) {
  const { template } = subject.snapshot;
  if (template) return template;
  throw new Error(`building a pod of run ${subject.run.metadata.name}: its template is not known`);
}

async function adoptMain(
  parts: EffectParts,
  subject: Subject,
  name: string,
  options: EffectOptions,
): Promise<EffectResult> {
  const at = parts.client.serverNow();
  const wanted = { name, stage: 'main', attempt: 1 } as const;
  const pod = await adoptPod(parts.client, subject.run, wanted, options);
  if (pod) subject.memory.confirmPod(trimPod(pod), parts.clock.monotonic());
  subject.memory.freshReads.set(name, at);
  return 'again';
}

/** The pod that has the name of one that could not be made, where it is the same in other clothes: OpenMetadata's operator made it. */
async function adoptHolder(
  parts: EffectParts,
  run: Run,
  pod: Pod,
  options: EffectOptions,
): Promise<Pod | undefined> {
  if (run.kind !== 'OMJob') return undefined;
  const { name = '', labels = {} } = pod.metadata ?? {};
  const stage = labels[LABEL.stage] === 'main' ? 'main' : 'exit';
  return adoptPod(parts.client, run, { name, stage, attempt: Number(labels[LABEL.attempt]) }, options);
}

/** A refusal is an answer for the next decision, not a failure of this one. */
async function create(
  parts: EffectParts,
  subject: Subject,
  pod: Pod,
  options: EffectOptions,
): Promise<EffectResult> {
  const { memory } = subject;
  try {
    const created = await createPod(parts.client, pod, options).catch(async (error: unknown) => {
      const own =
        error instanceof NameTakenError ? await adoptHolder(parts, subject.run, pod, options) : undefined;
      if (own === undefined) throw error;
      return own;
    });
    memory.createErrors.delete(nameOf(pod));
    memory.madeAt.set(nameOf(pod), parts.client.serverNow());
    memory.confirmPod(trimPod(created), parts.clock.monotonic());
  } catch (error) {
    const refusal = refusalOf(error, memory.createErrors.get(nameOf(pod)), parts.client.serverNow());
    if (refusal === undefined) throw error;
    memory.createErrors.set(nameOf(pod), refusal);
  }
  return 'again';
}

/** What the API server said to a create; undefined when it was us who gave up. */
function refusalOf(error: unknown, before: CreateError | undefined, at: number): CreateError | undefined {
  const count = (before?.count ?? 0) + 1;
  if (error instanceof NameTakenError) {
    const { message, holder } = error;
    return { status: 409, reason: 'AlreadyExists', message, at, count, holder };
  }
  if (!(error instanceof KubeError) || error instanceof AbortedError) return undefined;
  return { status: error.status ?? 0, reason: error.reason, message: error.message, at, count };
}

async function createExit(
  parts: EffectParts,
  subject: Subject,
  attempt: number,
  options: EffectOptions,
): Promise<EffectResult> {
  const pod = exitPod(subject.run, templateOf(subject), attempt);
  const isFirst = attempt === 1 && !subject.memory.madeAt.has(nameOf(pod));
  const result = await create(parts, subject, pod, options);
  const endedAt = timeOf(subject.run.status?.timeline.finishedAt);
  if (isFirst && endedAt !== undefined && !subject.memory.createErrors.has(nameOf(pod))) {
    parts.metrics.exitStarted((parts.client.serverNow() - endedAt) / 1000);
  }
  return result;
}

async function releasePod(
  parts: EffectParts,
  subject: Subject,
  pod: NamedPod,
  options: EffectOptions,
): Promise<EffectResult> {
  const target = podTarget(subject, pod);
  const after = await releaseFinalizer(parts.client, pods, target, FINALIZER.outcome, options);
  return keepPod(parts, subject, pod, after);
}

/** Notes a pod as our write left it; undefined: it is gone. */
function keepPod(parts: EffectParts, subject: Subject, pod: NamedPod, after: Pod | undefined): EffectResult {
  const going = after?.metadata?.deletionTimestamp !== undefined && !after.metadata.finalizers?.length;
  if (after && !going) subject.memory.rememberPod(trimPod(after), parts.clock.monotonic());
  else if (!after) subject.memory.forgetPod(pod.podUID);
  return 'done';
}

async function readTail(
  parts: EffectParts,
  subject: Subject,
  pod: NamedPod,
  options: EffectOptions,
): Promise<EffectResult> {
  const { namespace, name, known } = podTarget(subject, pod);
  const container = mainContainerName(known?.spec) ?? MAIN_CONTAINER;
  const tail = await readLogTail(parts.client, { namespace, name, container }, parts.clock, options);
  subject.memory.logTails.set(pod.podUID, tail);
  return 'again';
}

/** Events explain and decide nothing: where they can't be read, the run goes on without. */
async function readEvents(
  parts: EffectParts,
  subject: Subject,
  pod: NamedPod,
  options: EffectOptions,
): Promise<EffectResult> {
  const { namespace, uid, known } = podTarget(subject, pod);
  const podVersion = known?.metadata?.resourceVersion;
  const before = subject.memory.podEvents.get(uid);
  const times = before?.podVersion === podVersion ? (before?.times ?? 0) + 1 : 1;
  const events = await readPodEvents(parts.client, { namespace, uid }, options).catch((error: unknown) => {
    if (options.signal?.aborted || !(error instanceof KubeError)) throw error;
    return [];
  });
  subject.memory.podEvents.set(uid, { events, readAt: parts.client.serverNow(), podVersion, times });
  return 'again';
}

/** Only the run as it was judged: who changed it meanwhile may want to keep it. */
async function removeRun(
  parts: EffectParts,
  subject: Subject,
  options: EffectOptions,
): Promise<EffectResult> {
  const { namespace, name, uid } = targetOf(subject.run);
  const { resourceVersion = '' } = subject.run.metadata;
  const { kind } = subject.run;
  await deleteRun(parts.client, { kind, namespace, name, uid, resourceVersion }, options);
  return 'done';
}

async function confirmGone(
  parts: EffectParts,
  subject: Subject,
  pod: NamedPod,
  options: EffectOptions,
): Promise<EffectResult> {
  const found = await readFresh(parts.client, pods, podTarget(subject, pod), options);
  if (found) subject.memory.confirmPod(trimPod(found), parts.clock.monotonic());
  else {
    subject.memory.forgetPod(pod.podUID);
    subject.memory.gone.add(pod.podUID);
  }
  return 'again';
}

async function releaseRun(
  parts: EffectParts,
  subject: Subject,
  options: EffectOptions,
): Promise<EffectResult> {
  const { resource, asRun } = RUN_KINDS[subject.run.kind];
  const target = { ...targetOf(subject.run), known: subject.run };
  const after = await releaseFinalizer(parts.client, resource, target, FINALIZER.exitOwed, options);
  if (after) subject.memory.rememberRun(after === subject.run ? subject.run : asRun(after));
  return 'done';
}
