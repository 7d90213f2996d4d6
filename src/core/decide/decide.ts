import { fittedStatus } from '../run/fittedStatus.ts';
import type { RunStatus } from '../run/run.ts';
import { assertNextStatus, initialStatus } from '../run/status.ts';
import { orderedTimeline } from '../run/timeline.ts';
import type { Action, Decision, EventNote, Snapshot, TraceLine } from './decision.ts';
import type { Step, StepInput, StepResult } from './step.ts';
import { accept } from './steps/accept.ts';
import { admit } from './steps/admit.ts';
import { adopt } from './steps/adopt.ts';
import { cancel } from './steps/cancel.ts';
import { carryOutVerdict } from './steps/carryOutVerdict.ts';
import { exitEnded } from './steps/exitEnded.ts';
import { exitLimit } from './steps/exitLimit.ts';
import { finished } from './steps/finished.ts';
import { initIdleLimit } from './steps/initIdleLimit.ts';
import { lateEnds } from './steps/lateEnds.ts';
import { mainEnded } from './steps/mainEnded.ts';
import { nodeLost } from './steps/nodeLost.ts';
import { pending } from './steps/pending.ts';
import { queueLimit } from './steps/queueLimit.ts';
import { refuse } from './steps/refuse.ts';
import { runLimit } from './steps/runLimit.ts';
import { stallLimit } from './steps/stallLimit.ts';
import { startExit } from './steps/startExit.ts';
import { started } from './steps/started.ts';
import { startLimit } from './steps/startLimit.ts';
import { startMain } from './steps/startMain.ts';
import { strays } from './steps/strays.ts';
import { terminatingNamespace } from './steps/terminatingNamespace.ts';
import { totalLimit } from './steps/totalLimit.ts';
import { waitForKueue } from './steps/waitForKueue.ts';

/**
 * What is asked of a run, in this order: the first step that answers decides. What stops a run stands before what
 * carries it on, and a main pod that has ended before whatever would have ended it. Whether another attempt follows is
 * asked where one ends (`endAttempt.ts`), what is kept after the end in `finished`.
 */
export const STEPS: readonly Step[] = [
  { name: 'finished', decide: finished },
  { name: 'terminatingNamespace', decide: terminatingNamespace },
  { name: 'refuse', decide: refuse },
  { name: 'accept', decide: accept },
  { name: 'adopt', decide: adopt },
  { name: 'strays', decide: strays },
  { name: 'lateEnds', decide: lateEnds },
  { name: 'mainEnded', decide: mainEnded },
  { name: 'nodeLost', decide: nodeLost },
  { name: 'carryOutVerdict', decide: carryOutVerdict },
  { name: 'cancel', decide: cancel },
  { name: 'totalLimit', decide: totalLimit },
  { name: 'queueLimit', decide: queueLimit },
  { name: 'admit', decide: admit },
  { name: 'waitForKueue', decide: waitForKueue },
  { name: 'startLimit', decide: startLimit },
  { name: 'initIdleLimit', decide: initIdleLimit },
  { name: 'startMain', decide: startMain },
  { name: 'started', decide: started },
  { name: 'pending', decide: pending },
  { name: 'runLimit', decide: runLimit },
  { name: 'stallLimit', decide: stallLimit },
  { name: 'exitEnded', decide: exitEnded },
  { name: 'exitLimit', decide: exitLimit },
  { name: 'startExit', decide: startExit },
];

/**
 * What to do next with one run. Pure: the same snapshot at the same time gives the same decision.
 *
 * @param now API server's time, ms since the epoch
 */
export function decide(snapshot: Snapshot, now: number): Decision {
  const talk = new Talk(snapshot, now);
  for (const { name, decide: ask } of STEPS) {
    if (talk.hear(name, ask(talk.input()))) {
      break;
    }
  }
  return talk.decision();
}

/** Collects what the steps say. */
class Talk {
  readonly #snapshot: Snapshot;
  readonly #now: number;
  readonly #trace: TraceLine[] = [];
  readonly #wakes: number[] = [];
  #status: RunStatus;
  #actions: Action[] = [];
  #events: EventNote[] = [];
  #writes = true;

  constructor(snapshot: Snapshot, now: number) {
    this.#snapshot = snapshot;
    this.#now = now;
    this.#status = snapshot.run.status ?? initialStatus();
  }

  input(): StepInput {
    const { run, template } = this.#snapshot;
    return { snapshot: this.#snapshot, run, template, status: this.#status, now: this.#now };
  }

  /** Whether this was the last word. */
  hear(step: string, result: StepResult): boolean {
    this.#trace.push({ step, said: result.said });
    switch (result.kind) {
      case 'pass':
        this.#wake(result.wakeAt);
        return false;
      case 'amend':
        this.#take(result);
        this.#wake(result.wakeAt);
        return false;
      case 'answer':
        this.#take(result);
        this.#wake(result.wakeAt);
        return true;
      case 'first':
        this.#writes = false;
        this.#actions = [result.action];
        this.#events = [];
        return true;
      default:
        return result satisfies never;
    }
  }

  decision(): Decision {
    return {
      status: this.#nextStatus(),
      actions: this.#actions,
      events: toldAtOnce(this.#events),
      wakeAt: this.#wakes.length === 0 ? undefined : Math.min(...this.#wakes),
      trace: this.#trace,
    };
  }

  #take(result: { status?: RunStatus; actions?: readonly Action[]; events?: readonly EventNote[] }): void {
    this.#status = result.status ?? this.#status;
    this.#actions.push(...(result.actions ?? []));
    this.#events.push(...(result.events ?? []));
  }

  #wake(at: number | undefined): void {
    if (at !== undefined) {
      this.#wakes.push(at);
    }
  }

  #nextStatus(): RunStatus | undefined {
    const { run } = this.#snapshot;
    if (
      !this.#writes ||
      this.#status === run.status ||
      (run.status === undefined && isUntouched(this.#status))
    ) {
      return undefined;
    }
    const generation = run.metadata.generation;
    const next = fittedStatus({
      ...this.#status,
      revision: this.#status.revision + 1,
      timeline: orderedTimeline(run.status?.timeline, this.#status.timeline, this.#now),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    });
    assertNextStatus(run, next);
    return next;
  }
}

/**
 * Of good news that one write makes true only the latest is told, which says the rest: Events are a third of all that a
 * run's life writes. Warnings are told each.
 */
function toldAtOnce(events: readonly EventNote[]): readonly EventNote[] {
  return events.filter(({ type }, at) => type === 'Warning' || at === events.length - 1);
}

function isUntouched(status: RunStatus): boolean {
  return status.revision === 0 && status.conditions.length === 0 && status.verdicts === undefined;
}
