import { API_VERSION, FINALIZER } from '../naming/naming.ts';
import type { Limits, PodTemplateOverlay, Run, RunSpec, RunStatus } from '../run/run.ts';

/** UID of the run that `aRun()` makes. */
export const RUN_UID = '11111111-1111-4111-8111-111111111111';

const MAIN: PodTemplateOverlay = {
  spec: { containers: [{ name: 'main', image: 'busybox:1', command: ['true'] }] },
};

const HANDLER: PodTemplateOverlay = {
  spec: { containers: [{ name: 'main', image: 'busybox:1', command: ['report'] }] },
};

/** A run for a test: named `nightly`, held as the server makes it, without status and without handler. */
export class RunBuilder {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  named(name: string): RunBuilder {
    return this.#metadata({ name });
  }

  /** As kubectl makes it: without our finalizer. */
  unheld(): RunBuilder {
    return this.#metadata({ finalizers: [] });
  }

  deletedAt(deletionTimestamp: string): RunBuilder {
    return this.#metadata({ deletionTimestamp });
  }

  withSpec(spec: Partial<RunSpec>): RunBuilder {
    return new RunBuilder({ ...this.#run, spec: { ...this.#run.spec, ...spec } });
  }

  withHandler(): RunBuilder {
    return this.withSpec({ exitHandler: HANDLER });
  }

  withLimits(limits: Limits): RunBuilder {
    return this.withSpec({ limits });
  }

  cancelledBy(by: string, reason?: string): RunBuilder {
    return this.withSpec({ cancel: { by, ...(reason === undefined ? {} : { reason }) } });
  }

  withStatus(status: RunStatus): RunBuilder {
    return new RunBuilder({ ...this.#run, status });
  }

  build(): Run {
    return this.#run;
  }

  #metadata(change: Run['metadata']): RunBuilder {
    return new RunBuilder({ ...this.#run, metadata: { ...this.#run.metadata, ...change } });
  }
}

/** Begins a run. */
export function aRun(): RunBuilder {
  return new RunBuilder({
    apiVersion: API_VERSION,
    kind: 'Run',
    metadata: {
      name: 'nightly',
      namespace: 'team',
      uid: RUN_UID,
      generation: 1,
      finalizers: [FINALIZER.exitOwed],
    },
    spec: { main: MAIN },
  });
}
