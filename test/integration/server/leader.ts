import { runs } from '../../../src/actions/resources.ts';
import { writeRunStatus } from '../../../src/actions/writeRunStatus.ts';
import { withCondition } from '../../../src/core/run/conditions.ts';
import type { Run, RunStatus } from '../../../src/core/run/run.ts';
import { initialStatus } from '../../../src/core/run/status.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import { createInformer } from '../../../src/kube/watch/informer.ts';
import { systemClock as clock, systemRandom as random } from '../../../src/ports/clock.ts';

/** What a leader of a test's own says of a run; undefined: nothing. */
export type Judge = (run: Run) => RunStatus | undefined;

/** A leader that says of every new run what `judge` does, by its status; `stop` ends it. */
export async function startLeader(client: KubeClient, judge: Judge): Promise<{ stop(): Promise<void> }> {
  const informer = createInformer<Run>({ client, resource: runs, clock, random, onError: () => {} });
  informer.onChange(async (change) => {
    if (change.kind !== 'added') return;
    const status = judge(change.object);
    if (status !== undefined) await writeRunStatus(client, change.object, status).catch(() => {});
  });
  informer.start();
  await informer.whenSynced();
  return { stop: () => informer.stop() };
}

/** Accepted, and nothing more. */
export function accepted(run: Run): RunStatus {
  const { generation } = run.metadata;
  return withCondition(
    initialStatus(),
    { type: 'Accepted', status: 'True', reason: 'Accepted' },
    clock.now(),
    generation,
  );
}

/** Refused for a reason. */
export function refusedFor(
  reason: NonNullable<RunStatus['reason']>,
  message: string,
  more: Partial<RunStatus> = {},
): RunStatus {
  const status = { ...initialStatus(), phase: 'Refused' as const, reason, message, ...more };
  return (['Accepted', 'Finished'] as const).reduce<RunStatus>(
    (one, type) =>
      withCondition(
        one,
        { type, status: type === 'Finished' ? 'True' : 'False', reason, message },
        clock.now(),
        1,
      ),
    status,
  );
}
