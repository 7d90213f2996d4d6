import { formatEventId, parseEventId } from '../../contract/eventId.ts';
import { REQUEST_ANNOTATION } from '../../core/naming/request.ts';
import type { RunRef } from '../../core/naming/runKey.ts';
import type { Run } from '../../core/run/run.ts';
import type { ChangeHandler } from '../../kube/watch/store.ts';
import type { Clock } from '../../ports/clock.ts';
import { RunBook } from './runBook.ts';

/** One change of one run, in the order of the cluster. */
export interface RunChange {
  readonly kind: 'run' | 'deleted';
  readonly run: Run;
  /** `<uid>/<revision>`. */
  readonly id: string;
}

/** Where changes come from: a store that a watch keeps. */
export interface RunSource {
  onChange(handler: ChangeHandler<Run>): () => void;
}

/** Changes that are kept for streams that resume: some minutes of a busy cluster, about 10 MB. */
const KEPT_CHANGES = 2_000;

/**
 * What the server knows of all runs, from one watch of each kind that all requests share: pages for lists, changes for streams, and
 * the wait for a run to come into some state.
 */
export class RunFeed {
  readonly book = new RunBook();
  readonly #byUid = new Map<string, Run>();
  readonly #byRequestKey = new Map<string, Run>();
  readonly #recent: RunChange[] = [];
  readonly #listeners = new Set<(change: RunChange) => void>();
  readonly #stops: readonly (() => void)[];

  constructor(...sources: readonly RunSource[]) {
    this.#stops = sources.map((source) =>
      source.onChange((change) => {
        if (change.kind === 'deleted') this.#deleted(change.object);
        else this.#seen(change.object);
      }),
    );
  }

  close(): void {
    for (const stop of this.#stops) stop();
    this.#listeners.clear();
  }

  /** The run as last seen. */
  byUid(uid: string): Run | undefined {
    return this.#byUid.get(uid);
  }

  /** Whether there is a run of that kind and name, as last seen. Looks through all: for what is seldom asked. */
  has({ kind, namespace, name }: RunRef): boolean {
    for (const run of this.#byUid.values()) {
      const { metadata } = run;
      if (metadata.name === name && metadata.namespace === namespace && run.kind === kind) return true;
    }
    return false;
  }

  /** The run that was made by a request with that hash of an Idempotency-Key. */
  byRequestKey(hash: string): Run | undefined {
    return this.#byRequestKey.get(hash);
  }

  /** Id of the last change; undefined before the first. */
  get lastId(): string | undefined {
    return this.#recent.at(-1)?.id;
  }

  /** Calls `listener` with every change from now on; returns how to end that. */
  listen(listener: (change: RunChange) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** What came after the (first) event of that id; undefined when it is too long ago, or unknown. */
  since(id: string): readonly RunChange[] | undefined {
    if (parseEventId(id) === undefined) return undefined;
    const at = this.#recent.findIndex((change) => change.id === id);
    return at < 0 ? undefined : this.#recent.slice(at + 1);
  }

  /** The first state of a run that `matches`, also the last one of a run that goes; after `ms` undefined. */
  waitFor(
    uid: string,
    matches: (run: Run, kind: RunChange['kind']) => boolean,
    ms: number,
    clock: Clock,
  ): Promise<Run | undefined> {
    const now = this.#byUid.get(uid);
    if (now !== undefined && matches(now, 'run')) return Promise.resolve(now);
    return new Promise((resolve) => {
      const end = (run: Run | undefined) => {
        timer.cancel();
        unlisten();
        resolve(run);
      };
      const timer = clock.after(ms, () => end(undefined));
      const unlisten = this.listen(({ run, kind }) => {
        if (run.metadata.uid === uid && matches(run, kind)) end(run);
      });
    });
  }

  #seen(run: Run): void {
    this.#byUid.set(run.metadata.uid ?? '', run);
    const key = requestKeyOf(run);
    if (key !== undefined) this.#byRequestKey.set(key, run);
    this.book.set(run);
    this.#tell('run', run);
  }

  #deleted(run: Run): void {
    this.#byUid.delete(run.metadata.uid ?? '');
    this.#byRequestKey.delete(requestKeyOf(run) ?? '');
    this.book.delete(run);
    this.#tell('deleted', run);
  }

  #tell(kind: RunChange['kind'], run: Run): void {
    const change = { kind, run, id: eventIdOf(run) };
    this.#recent.push(change);
    if (this.#recent.length > KEPT_CHANGES) this.#recent.shift();
    for (const listener of this.#listeners) listener(change);
  }
}

/** Of what `POST /runs` makes: what a pipeline makes carries a mark of its own requests. */
function requestKeyOf(run: Run): string | undefined {
  if (run.kind !== 'Run') return undefined;
  return run.metadata.annotations?.[REQUEST_ANNOTATION.key];
}

/** Names the state of a run that a change or an answer shows. */
export function eventIdOf(run: Run): string {
  return formatEventId({ uid: run.metadata.uid ?? '', revision: run.status?.revision ?? 0 });
}
