import { writeQueueStatus } from '../../actions/writeQueueStatus.ts';
import type { QueueCount } from '../../core/admission/ledger.ts';
import type { Queue, QueueStatus } from '../../core/queue/queue.ts';
import { timeText } from '../../core/run/conditions.ts';
import { NotFoundError } from '../../kube/errors.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock, Timer } from '../../ports/clock.ts';
import type { Logger } from '../../telemetry/logger.ts';

/** A queue's status is written at most so often: it is for people. */
const EVERY_MS = 1_000;

interface StatusParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly log: Logger;
  readonly queue: (id: string) => Queue | undefined;
}

/** After a failure: it is tried again, and the log is not filled with it. */
const AFTER_FAILURE_MS = 30_000;

/** Keeps the status of queues near to what they hold. Only while we lead. */
export class QueueStatuses {
  readonly #parts: StatusParts;
  #counts: ReadonlyMap<string, QueueCount> = new Map();
  /** By queue UID, as last written by us. */
  readonly #written = new Map<string, string>();
  #timer: Timer | undefined;
  #isWriting = false;

  constructor(parts: StatusParts) {
    this.#parts = parts;
  }

  /** What the queues hold now. */
  update(counts: ReadonlyMap<string, QueueCount>, signal: AbortSignal): void {
    this.#counts = counts;
    if (!this.#isWriting && this.#timer === undefined && this.#changes().length > 0) this.#write(signal);
  }

  /** We lead no more: somebody else may have written since. */
  forget(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#counts = new Map();
    this.#written.clear();
  }

  #write(signal: AbortSignal): void {
    this.#isWriting = true;
    void this.#writeAll(signal).then((isWritten) => {
      this.#isWriting = false;
      if (signal.aborted) return;
      this.#timer = this.#parts.clock.after(isWritten ? EVERY_MS : AFTER_FAILURE_MS, () => {
        this.#timer = undefined;
        this.update(this.#counts, signal);
      });
    });
  }

  /** Whether nothing failed. */
  async #writeAll(signal: AbortSignal): Promise<boolean> {
    let isWritten = true;
    for (const { queue, status } of this.#changes()) {
      try {
        await writeQueueStatus(this.#parts.client, queue, status, { signal });
        this.#written.set(queue.metadata.uid ?? '', JSON.stringify(status));
      } catch (error) {
        if (signal.aborted) return false;
        if (error instanceof NotFoundError) continue;
        isWritten = false;
        this.#parts.log.warn('the status of a queue could not be written', {
          queue: queue.metadata.name,
          namespace: queue.metadata.namespace,
          error,
        });
      }
    }
    return isWritten;
  }

  #changes(): { readonly queue: Queue; readonly status: QueueStatus }[] {
    return [...this.#counts].flatMap(([id, count]) => {
      const queue = this.#parts.queue(id);
      if (queue === undefined) return [];
      const status = statusOf(count);
      const before = this.#written.get(queue.metadata.uid ?? '') ?? JSON.stringify(countsOf(queue.status));
      return before === JSON.stringify(status) ? [] : [{ queue, status }];
    });
  }
}

function statusOf({ running, queued, oldestQueuedAt }: QueueCount): QueueStatus {
  return {
    running,
    queued,
    ...(oldestQueuedAt === undefined ? {} : { oldestQueuedAt: timeText(oldestQueuedAt) }),
  };
}

function countsOf(status: QueueStatus | undefined): QueueStatus | undefined {
  if (status === undefined) return undefined;
  const { running, queued, oldestQueuedAt } = status;
  return { running, queued, ...(oldestQueuedAt === undefined ? {} : { oldestQueuedAt }) };
}
