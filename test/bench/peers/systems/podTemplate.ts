import type { Stored } from '../apiClient.ts';

/** The one pod that every system runs: one container, no volumes, no requests; a fake node ends it after `runFor`. */
export function podTemplate(runFor: string) {
  return {
    metadata: { annotations: { 'peers/run-for': runFor } },
    spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'fake', command: ['true'] }] },
  };
}

/** Whether a condition of the object is True. */
export function hasCondition({ status }: Stored, type: string): boolean {
  const conditions = (status?.['conditions'] ?? []) as readonly { type: string; status: string }[];
  return conditions.some((one) => one.type === type && one.status === 'True');
}
