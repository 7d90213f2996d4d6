import { admission } from './benches/admission.ts';
import { cronOMJobsAtRest } from './benches/cronOMJobs.ts';
import { history } from './benches/history.ts';
import { lease } from './benches/lease.ts';
import { logPages } from './benches/logPages.ts';
import { memory } from './benches/memory.ts';
import { pipelines } from './benches/pipelines.ts';
import { queued } from './benches/queued.ts';
import { runLife } from './benches/runLife.ts';
import { sameMinute } from './benches/sameMinute.ts';
import { startUp } from './benches/startUp.ts';
import { watchEvents } from './benches/watchEvents.ts';
import { writes } from './benches/writes.ts';
import type { Figure } from './report.ts';

/** One thing to measure. */
export interface Bench {
  readonly name: string;
  readonly measure: () => Promise<Figure[]>;
}

/** All of them, in the order in which they are run. */
export const benches: readonly Bench[] = [
  startUp,
  runLife,
  writes,
  memory,
  lease,
  watchEvents,
  admission,
  queued,
  history,
  logPages,
  pipelines,
  cronOMJobsAtRest,
];

/** Those that need a cluster with Endwell (KUBECONFIG): only when they are named. */
export const onCluster: readonly Bench[] = [sameMinute];
