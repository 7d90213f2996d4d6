/** A system as it was measured once on another machine, in ratios to native Jobs tuned of that same run. */
export interface Elsewhere {
  readonly system: string;
  readonly handler: 'with handler' | 'without handler';
  /** Runs per second, as a ratio to native Jobs tuned. */
  readonly ratio: number;
  /** CPU ms of its own and of the whole stack for each run. */
  readonly ownCpuMs: number;
  readonly stackCpuMs: number;
  readonly rssMiB: number;
  /** Writes of its own for each run, Events included; undefined: not counted. */
  readonly writes: number | undefined;
  readonly events: number | undefined;
  /** From the end of main to its handler's pod; undefined: it has no handler. */
  readonly toHandler: string | undefined;
}

/** Two cores, Kubernetes 1.34.4, simulated nodes, 300 runs at once, pods of 1 s; medians of quiet rounds. */
export const MEASURED_ELSEWHERE: readonly Elsewhere[] = [
  {
    system: 'Argo Workflows 4.1.2, default',
    handler: 'without handler',
    ratio: 0.07,
    ownCpuMs: 21,
    stackCpuMs: 155,
    rssMiB: 98,
    writes: undefined,
    events: undefined,
    toHandler: undefined,
  },
  {
    system: 'Argo Workflows 4.1.2, tuned',
    handler: 'without handler',
    ratio: 0.5,
    ownCpuMs: 12,
    stackCpuMs: 87,
    rssMiB: 111,
    writes: 11,
    events: 4,
    toHandler: undefined,
  },
  {
    system: 'Argo Workflows 4.1.2, default',
    handler: 'with handler',
    ratio: 0.06,
    ownCpuMs: 31,
    stackCpuMs: 243,
    rssMiB: 109,
    writes: undefined,
    events: undefined,
    toHandler: 'idle 9 s; 300 at once p99 45 s',
  },
  {
    system: 'Argo Workflows 4.1.2, tuned',
    handler: 'with handler',
    ratio: 0.27,
    ownCpuMs: 23,
    stackCpuMs: 164,
    rssMiB: 131,
    writes: 18.9,
    events: 6,
    toHandler: 'idle p50 110, p99 129 ms; 300 at once p99 5.4 s',
  },
];
