import type { KubeClient } from '../../kube/types.ts';
import { listPages } from '../listPages.ts';
import { refOf, targetOf } from '../target.ts';
import { SCHEDULES } from './kinds.ts';
import { patiently, type Waiting } from './patience.ts';
import type { JobScope } from './pipelineJobs.ts';

/**
 * Sets whether a pipeline's schedule runs, whichever engine has it. Safe to repeat: the state is set, never flipped. Returns
 * `on demand` where the pipeline has no schedule.
 */
export async function togglePipeline(
  client: KubeClient,
  waiting: Waiting,
  scope: JobScope,
  state: 'enabled' | 'disabled',
): Promise<'enabled' | 'disabled' | 'on demand'> {
  const suspend = state === 'disabled';
  let count = 0;
  for (const kind of scope.engines) {
    for await (const schedule of listPages(client, SCHEDULES[kind], scope)) {
      const { uid } = targetOf(schedule);
      const patch = { type: 'merge', body: { metadata: { uid }, spec: { suspend } } } as const;
      await patiently(waiting, () => client.patch(SCHEDULES[kind], refOf(targetOf(schedule)), patch));
      count += 1;
    }
  }
  return count === 0 ? 'on demand' : state;
}
