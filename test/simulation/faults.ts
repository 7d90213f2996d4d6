import type { Step } from './steps.ts';

/** What a request of an operator is, as far as faults go: each class is counted by itself, over all lives of a process. */
export type RequestClass =
  | 'write'
  | 'read'
  /** A read of one pod or run, past the cache. */
  | 'fresh'
  /** A batch of admission. */
  | 'batch'
  /** A further page of a list. */
  | 'page'
  | 'watch'
  | 'lease';

/** What happens to one request of an operator. `applied`: it takes effect all the same. */
export type RequestFault =
  | {
      readonly kind: 'refuse';
      readonly status: 409 | 410 | 422 | 429 | 500 | 503 | 504;
      readonly applied: boolean;
    }
  | { readonly kind: 'reset'; readonly applied: boolean }
  /** No answer ever comes. */
  | { readonly kind: 'hang'; readonly applied: boolean }
  | { readonly kind: 'slow'; readonly beforeMs: number; readonly afterMs: number }
  /** The process dies there; another starts after a while. */
  | { readonly kind: 'crash'; readonly applied: boolean; readonly restartMs: number }
  /** The process is stopped there, and goes on with the request, or with its answer, after a while. */
  | { readonly kind: 'pause'; readonly applied: boolean; readonly ms: number }
  /** The same, and its clocks stand still with it, as when a virtual machine is moved. */
  | { readonly kind: 'suspend'; readonly applied: boolean; readonly ms: number };

/** What happens to one watch stream, from its `event`-th event on (0: the first). */
export type StreamFault =
  /** What it tells comes so much later, for the rest of its life. */
  | { readonly kind: 'delay'; readonly event: number; readonly ms: number }
  | { readonly kind: 'cut'; readonly event: number }
  /** The server has forgotten that version. */
  | { readonly kind: 'gone'; readonly event: number }
  | { readonly kind: 'repeat'; readonly event: number }
  /** One event never comes; when calm returns the stream is told that it is gone. */
  | { readonly kind: 'lose'; readonly event: number }
  /** Nothing comes any more, and nobody says so. */
  | { readonly kind: 'silence'; readonly event: number };

/** Which pod of a run is meant: the one of its current attempt. */
export type PodTarget = 'main' | 'exit';

/** Something that happens to the cluster at its own time. */
export type WorldFault =
  | {
      readonly kind: 'deletePod';
      readonly run: number;
      readonly pod: PodTarget;
      readonly how: 'graceful' | 'force' | 'unheld' | 'evict';
    }
  | { readonly kind: 'cancel'; readonly run: number }
  | {
      readonly kind: 'deleteRun';
      readonly run: number;
      readonly cascade: 'Background' | 'Foreground' | 'Orphan';
    }
  | { readonly kind: 'deleteNamespace' }
  /** The node can't be reached: it goes on by itself. */
  | { readonly kind: 'partition'; readonly node: number; readonly forMs: number }
  /** The node is gone for good, and its object after a while too. */
  | { readonly kind: 'destroyNode'; readonly node: number }
  /** The API server forgets the past of all watches. */
  | { readonly kind: 'compact' }
  /** Creates of pods are refused for a while. */
  | { readonly kind: 'deny'; readonly why: 'quota' | 'webhook' | 'webhookDown'; readonly forMs: number }
  /** Every answer takes so much longer for a while. */
  | { readonly kind: 'slowApi'; readonly byMs: number; readonly forMs: number }
  | { readonly kind: 'shiftClock'; readonly operator: number; readonly byMs: number }
  | { readonly kind: 'pauseOperator'; readonly operator: number; readonly forMs: number }
  | { readonly kind: 'suspendOperator'; readonly operator: number; readonly forMs: number }
  | { readonly kind: 'killOperator'; readonly operator: number; readonly restartMs: number }
  /** Asked to end, as in a rollout: it gives its lease back. */
  | { readonly kind: 'retireOperator'; readonly operator: number; readonly restartMs: number }
  /** Somebody else has a pod of the name that a run will want, for a while. */
  | { readonly kind: 'squat'; readonly run: number; readonly forMs: number }
  /** Somebody deletes the frozen template of a run. */
  | { readonly kind: 'deleteTemplate'; readonly run: number }
  /** The database is away for a while. Only where there is one. */
  | { readonly kind: 'databaseDown'; readonly how: 'refuses' | 'hangs'; readonly forMs: number }
  | { readonly kind: 'databaseSlow'; readonly byMs: number; readonly forMs: number }
  /** Nobody reaches the API server, nodes neither; at the end it may have forgotten the past. */
  | { readonly kind: 'apiDown'; readonly forMs: number; readonly compacts: boolean }
  /** It takes what it is sent, and does and answers it when it goes on: also what was given up meanwhile. */
  | { readonly kind: 'apiStalled'; readonly forMs: number }
  /** So many of a hundred requests are refused with 429; `retryAfterS` 0: it does not say when to come back. */
  | {
      readonly kind: 'tooMany';
      readonly percent: number;
      readonly retryAfterS: number;
      readonly forMs: number;
    }
  /** All watches are cut again and again. */
  | { readonly kind: 'cutWatches'; readonly everyMs: number; readonly forMs: number };

/** One thing that goes wrong. A seed's list of them is all that goes wrong in it. */
export type Fault =
  | {
      readonly on: 'request';
      readonly operator: number;
      readonly of: Exclude<RequestClass, 'watch'>;
      /** The how-manieth of its class, over all lives of the operator. */
      readonly nth: number;
      readonly fault: RequestFault;
    }
  /** The how-manieth write of that step in the life of any run, by whichever operator. */
  | { readonly on: 'step'; readonly step: Step; readonly nth: number; readonly fault: RequestFault }
  | { readonly on: 'stream'; readonly operator: number; readonly nth: number; readonly fault: StreamFault }
  | { readonly on: 'world'; readonly atMs: number; readonly fault: WorldFault };

/** One line for a person. */
export function faultText(fault: Fault): string {
  const { kind, ...rest } = fault.fault;
  const what = [kind, ...Object.entries(rest).map(([name, value]) => `${name}=${value}`)].join(' ');
  switch (fault.on) {
    case 'request':
      return `operator ${fault.operator}, ${fault.of} ${fault.nth}: ${what}`;
    case 'step':
      return `${fault.step} ${fault.nth}: ${what}`;
    case 'stream':
      return `operator ${fault.operator}, watch ${fault.nth}: ${what}`;
    case 'world':
      return `at ${fault.atMs} ms: ${what}`;
    default:
      return fault satisfies never;
  }
}
