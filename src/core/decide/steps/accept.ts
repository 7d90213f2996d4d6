import { FINALIZER } from '../../naming/naming.ts';
import { isTrue, timeText, withCondition } from '../../run/conditions.ts';
import { pass, type StepInput, type StepResult } from '../step.ts';

/**
 * Accepts a run: from here on it owes its exit handler. The finalizer comes first, so that there is no moment in which
 * an accepted run could be deleted unseen; server and schedules make runs that carry it already. One that lost it later
 * (`finalizers release`, a person) gets it again, for what it owes is owed still.
 */
export function accept(input: StepInput): StepResult {
  const { run, status, template, snapshot, now } = input;
  const isHeld = run.metadata.finalizers?.includes(FINALIZER.exitOwed) ?? false;
  if (isTrue(status, 'Accepted')) {
    // The API server takes no new finalizer on what is being deleted.
    return isHeld || run.metadata.deletionTimestamp !== undefined
      ? pass('is accepted')
      : { kind: 'amend', said: 'is held again', status, actions: [{ kind: 'holdRun' }] };
  }
  if (template === undefined) {
    return { kind: 'answer', said: 'its template is not resolved yet' };
  }
  if (!isHeld) {
    return { kind: 'first', said: 'is held before it is accepted', action: { kind: 'holdRun' } };
  }
  if (snapshot.admission === undefined) {
    return { kind: 'answer', said: 'waits for the word of admission' };
  }
  const accepted = withCondition(
    {
      ...status,
      ...(snapshot.templateName === undefined ? {} : { template: snapshot.templateName }),
      exit: { owed: template.exitHandler !== undefined, attempts: 0 },
      timeline: { ...status.timeline, acceptedAt: timeText(now) },
    },
    { type: 'Accepted', status: 'True', reason: 'SpecValid' },
    now,
    run.metadata.generation,
  );
  const message =
    snapshot.templateName === undefined ? 'accepted' : `accepted with template ${snapshot.templateName}`;
  return {
    kind: 'amend',
    said: 'accepted',
    status: accepted,
    events: [{ type: 'Normal', reason: 'Accepted', message }],
  };
}
