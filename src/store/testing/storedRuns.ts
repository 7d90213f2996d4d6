import type { Phase, Run } from '../../core/run/run.ts';

/** When stored runs are made, unless they say otherwise. */
export const T0 = Date.parse('2026-03-01T10:00:00Z');
let count = 0;

/** A run as the API server has it; UIDs are new with each call. */
export function aStoredRun(change: Partial<Run['spec']> = {}, at = T0, namespace = 'team-a'): Run {
  count += 1;
  const uid = `uid-${String(count).padStart(6, '0')}`;
  return {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: {
      name: `run-${count}`,
      namespace,
      uid,
      creationTimestamp: new Date(at).toISOString(),
      managedFields: [{ manager: 'kubectl' }],
    },
    spec: { main: {}, ...change },
  };
}

/** The run at a revision of its status. */
export function withStatus(run: Run, revision: number, phase: Phase = 'Running'): Run {
  const finished = ['Succeeded', 'Failed', 'Cancelled'].includes(phase);
  const condition = { type: 'Finished', status: 'True', reason: 'Completed', message: 'ünï 🎉' };
  const lastTransitionTime = new Date(T0 + revision * 1000).toISOString();
  const conditions = finished ? [{ ...condition, lastTransitionTime }] : [];
  return { ...run, status: { phase, revision, conditions, attempts: [], timeline: {} } };
}

/** UID of a stored run. */
export const uidOf = (run: Run): string => run.metadata.uid ?? '';
