import { readRun } from '../actions/runKinds.ts';
import { type EffectOptions, targetOf } from '../actions/target.ts';
import { writeRunStatus } from '../actions/writeRunStatus.ts';
import type { Action, Decision, EventNote } from '../core/decide/decision.ts';
import { CLEANED_UP, omJobEvents } from '../core/omjob/events.ts';
import type { Run } from '../core/run/run.ts';
import { boundedMessage } from '../core/run/status.ts';
import { ConflictError, isTransient, KubeError, NotFoundError } from '../kube/errors.ts';
import { carryOut, type EffectParts, type EffectResult, type Subject } from './effects.ts';
import type { Observation } from './observe.ts';
import { recordProgress } from './recordProgress.ts';
import type { Templates } from './templates.ts';

/** What it takes to make a decision true. */
export interface ApplyParts extends EffectParts {
  readonly templates: Templates;
  /** Tells people, by an Event on the run. Must not throw. */
  readonly emit: (run: Run, note: EventNote) => void;
}

/** `settled`: nothing more to do now; `again`: decide anew at once; `conflict`: the same, for our picture was old. */
export type ApplyResult =
  | { readonly kind: 'settled' | 'again' }
  | { readonly kind: 'conflict'; readonly error: unknown };

/**
 * Makes a decision true: the status first (the only write that a stale read can have refused), then the effects, then
 * events. A decision without a status is an effect that comes before it, or one that needs none.
 */
export async function apply(
  parts: ApplyParts,
  observation: Observation,
  decision: Decision,
  options: EffectOptions,
): Promise<ApplyResult> {
  const { snapshot, memory } = observation;
  try {
    const run = decision.status ? await writeStatus(parts, observation, decision, options) : snapshot.run;
    try {
      const result = await carryOutAll(parts, { run, snapshot, memory }, decision.actions, options);
      return { kind: result === 'again' ? 'again' : 'settled' };
    } finally {
      // What is written has happened, and is written once: an effect that fails is tried again, the news would not be.
      for (const note of eventsOf(snapshot.run, decision)) parts.emit(run, note);
    }
  } catch (error) {
    if (!isStaleRead(error) || options.signal?.aborted) throw error;
    const fresh = await readRun(
      parts.client,
      { ...targetOf(snapshot.run), kind: snapshot.run.kind },
      options,
    );
    if (!fresh) {
      memory.isRunGone = true;
      return { kind: 'settled' };
    }
    memory.rememberRun(fresh);
    return { kind: 'conflict', error };
  }
}

/** An OMJob is told of in the words of OpenMetadata's operator. */
function eventsOf(run: Run, { status, actions, events }: Decision): readonly EventNote[] {
  if (run.kind !== 'OMJob') return events;
  const told = status === undefined ? events : omJobEvents(run, status, events);
  return actions.some(({ kind }) => kind === 'deleteRun') ? [...told, CLEANED_UP] : told;
}

/** The template is stored before the status that names it. */
async function writeStatus(
  parts: ApplyParts,
  { snapshot, memory }: Observation,
  { status }: Decision,
  options: EffectOptions,
): Promise<Run> {
  const { run, template } = snapshot;
  if (!status) return run;
  if (template && status.template !== undefined && status.template !== run.status?.template) {
    await parts.templates.freeze(run, template, options);
  }
  const stored = await writeRunStatus(parts.client, run, status, options);
  memory.rememberWritten(stored);
  recordProgress(parts.metrics, run.status, stored, parts.client.serverNow());
  return stored;
}

/**
 * One effect that fails doesn't hold up the others, but the run is let go only when all before that went well: a pod
 * that still carries our finalizer would have nobody any more who takes it off.
 */
async function carryOutAll(
  parts: ApplyParts,
  subject: Subject,
  actions: readonly Action[],
  options: EffectOptions,
): Promise<EffectResult> {
  const failures: unknown[] = [];
  let result: EffectResult = 'done';
  for (const action of actions) {
    if (action.kind === 'releaseRun' && failures.length > 0) continue;
    try {
      if ((await carryOut(parts, subject, action, options)) === 'again') result = 'again';
    } catch (error) {
      if (options.signal?.aborted) throw error;
      tellIfBlocked(parts, subject.run, action, error);
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  return result;
}

/** Somebody's webhook or rule that keeps our finalizer in place keeps the object for ever: people must hear of it. */
function tellIfBlocked(parts: ApplyParts, run: Run, action: Action, error: unknown): void {
  const releases = action.kind === 'releasePod' || action.kind === 'releaseRun';
  if (!releases || !(error instanceof KubeError) || isTransient(error)) return;
  const what = action.kind === 'releasePod' ? `pod ${action.podName}` : 'the run';
  const message = boundedMessage(`our finalizer can not be taken off ${what}: ${error.message}`);
  parts.emit(run, { type: 'Warning', reason: 'FinalizerBlocked', message });
}

/** Our picture of the run was old: no error, but a reason to look again. */
function isStaleRead(error: unknown): boolean {
  return error instanceof ConflictError || error instanceof NotFoundError;
}
