import { LOOK_BACK, PageStarts } from '../../core/pipeline/pageStarts.ts';
import type { KubeClient } from '../../kube/types.ts';
import { type LogPlace, StampedLines } from '../../kubernetes/stampedLines.ts';

/** Logs that are remembered, the longest unused forgotten first: each costs about 100 bytes for each MB of log. */
const MAX_LOGS = 256;
const SPACE = 0x20;

/** The log of a container whose pod is there. */
export interface LiveSource {
  readonly namespace: string;
  readonly pod: string;
  /** Of the pod. */
  readonly uid: string;
  readonly container: string;
  /** The container writes no more, so that a log that was read to its end has not grown. */
  readonly hasEnded: boolean;
}

/** A place of the log where it can be taken up again. */
interface Mark {
  readonly offset: number;
  readonly place: LogPlace;
}

interface Known {
  pages: PageStarts;
  /** Of each page, at its first byte or a chunk before. */
  marks: Mark[];
  /** Chunks that the next page may begin in. */
  recent: Mark[];
  end: LogPlace;
  isWhole: boolean;
  /** What is done with it, one after the other. */
  queue: Promise<unknown>;
}

/**
 * Reads logs from kubelets by offsets, which the API of Kubernetes does not know: it remembers a place (line and time stamp)
 * for every page of a log, and asks for what was written since. So a page costs a page, and a log that has grown what is new of
 * it; the first look reads it once. After a rotation it begins anew with what the kubelet still has.
 */
export class LiveLogs {
  readonly #client: Pick<KubeClient, 'podLog'>;
  readonly #logs = new Map<string, Known>();

  constructor(client: Pick<KubeClient, 'podLog'>) {
    this.#client = client;
  }

  /** Size of the log at this moment and where its pages begin. Rejects as `podLog` does. */
  pages(
    source: LiveSource,
    signal: AbortSignal,
  ): Promise<{ readonly size: number; readonly starts: readonly number[] }> {
    return this.#inTurn(source, async (known) => {
      await this.#advance(source, known, signal);
      return { size: known.pages.size(), starts: [...known.pages.starts()] };
    });
  }

  /** Bytes [from, from + limit) of the log, as far as there are any by now. */
  read(
    source: LiveSource,
    { from, limit }: { readonly from: number; readonly limit: number },
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    return this.#inTurn(source, async (known) => {
      if (from + limit > known.pages.size()) await this.#advance(source, known, signal);
      const bytes = await this.#range(source, known, from, limit, signal);
      if (bytes !== undefined) return bytes;
      forget(known);
      await this.#advance(source, known, signal);
      return (await this.#range(source, known, from, limit, signal)) ?? new Uint8Array();
    });
  }

  /** Reads what was written since the last look. */
  async #advance(source: LiveSource, known: Known, signal: AbortSignal): Promise<void> {
    if (known.isWhole) return;
    if (!(await this.#readOn(source, known, signal))) {
      forget(known);
      await this.#readOn(source, known, signal);
    }
    known.isWhole = source.hasEnded;
  }

  /** False: the log was rotated, and does not go on where it ended. */
  async #readOn(source: LiveSource, known: Known, signal: AbortSignal): Promise<boolean> {
    const lines = new StampedLines(known.end);
    for await (const chunk of await this.#open(source, known.end, signal)) {
      if (known.end.stamp === undefined) markFirst(known, chunk);
      known.recent.push({ offset: known.pages.size(), place: lines.place() });
      const fresh = lines.take(chunk);
      if (lines.hasGap()) return false;
      known.pages.push(fresh);
      known.end = lines.place();
      markPages(known);
    }
    return true;
  }

  /** Undefined: the log was rotated, and the kubelet no longer has what stands there. */
  async #range(
    source: LiveSource,
    known: Known,
    from: number,
    limit: number,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const wanted = Math.max(0, Math.min(limit, known.pages.size() - from));
    const mark = known.marks.findLast(({ offset }) => offset <= from);
    if (wanted === 0 || mark === undefined) return new Uint8Array();
    const lines = new StampedLines(mark.place);
    const parts: Uint8Array[] = [];
    let [at, left] = [mark.offset, wanted];
    for await (const chunk of await this.#open(source, mark.place, signal)) {
      const fresh = lines.take(chunk);
      if (lines.hasGap()) return undefined;
      const part = fresh.subarray(Math.max(0, from - at)).subarray(0, left);
      at += fresh.length;
      left -= part.length;
      if (part.length > 0) parts.push(part);
      if (left === 0) break;
    }
    return left === 0 ? Buffer.concat(parts) : undefined;
  }

  #open({ namespace, pod, container }: LiveSource, { stamp }: LogPlace, signal: AbortSignal) {
    return this.#client.podLog(
      { namespace, name: pod },
      { container, timestamps: true, signal, ...(stamp === undefined ? {} : { sinceTime: secondOf(stamp) }) },
    );
  }

  /** One after the other: two requests that read the same log on would count it twice. */
  async #inTurn<T>({ uid, container }: LiveSource, work: (known: Known) => Promise<T>): Promise<T> {
    const key = `${uid}/${container}`;
    const known = this.#logs.get(key) ?? unread();
    this.#logs.delete(key);
    this.#logs.set(key, known);
    for (const oldest of this.#logs.keys()) if (this.#logs.size > MAX_LOGS) this.#logs.delete(oldest);
    const done = known.queue.then(() => work(known));
    known.queue = done.catch(() => {});
    return done;
  }
}

function unread(): Known {
  const end = new StampedLines().place();
  return {
    pages: new PageStarts(),
    marks: [{ offset: 0, place: end }],
    recent: [],
    end,
    isWhole: false,
    queue: Promise.resolve(),
  };
}

function forget(known: Known): void {
  Object.assign(known, { ...unread(), queue: known.queue });
}

/** So that a first page whose lines were rotated away is missed as any other. */
function markFirst({ marks }: Known, chunk: Uint8Array): void {
  const end = chunk.indexOf(SPACE);
  const stamp = Buffer.from(chunk.subarray(0, end)).toString('latin1');
  if (end > 0) marks[0] = { offset: 0, place: { stamp, lines: 0, partial: undefined } };
}

/** Marks the pages that begin in what was read, and lets go of chunks that no page can begin in any more. */
function markPages({ pages, marks, recent }: Known): void {
  for (const start of pages.starts().slice(marks.length)) {
    const mark = recent.findLast(({ offset }) => offset <= start);
    if (mark !== undefined) marks.push(mark);
  }
  const needed = recent.findLastIndex(({ offset }) => offset <= pages.size() - LOOK_BACK);
  recent.splice(0, Math.max(0, needed));
}

/** The API takes times of a second; what it repeats of that second is left out again. */
function secondOf(stamp: string): string {
  return `${new Date(Date.parse(stamp)).toISOString().slice(0, 19)}Z`;
}
