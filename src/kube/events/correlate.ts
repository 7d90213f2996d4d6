import type { ObjectReference } from 'kubernetes-types/core/v1.d.ts';
import type { Clock } from '../../ports/clock.ts';
import { Recent } from './recent.ts';

/** Something that a person would ask about an object. */
export interface EventNote {
  /** The object that it is about: apiVersion, kind, namespace, name, uid. */
  readonly object: ObjectReference;
  readonly type: 'Normal' | 'Warning';
  /** A code, UpperCamelCase. */
  readonly reason: string;
  readonly message: string;
}

/** Notes of one key are one Event. */
export interface Correlated {
  readonly key: string;
  readonly message: string;
  /** Too much was said about the object lately: it is counted, and sent with a later note at most. */
  readonly isThrottled: boolean;
}

interface Bucket {
  tokens: number;
  at: number;
}

interface Alike {
  readonly messages: Set<string>;
  at: number;
}

/** client-go's correlator: what is said again within 10 minutes belongs to what was said before. */
export const AGGREGATION_MS = 600_000;
/** client-go's correlator: from the tenth different message of one reason on they are combined. */
const DIFFERENT_MESSAGES = 10;
/** client-go's correlator: 25 notes at once about one object, then one each 5 minutes. */
const BURST = 25;
const REFILL_MS = 300_000;
/** client-go's correlator: as many things are remembered of each sort. */
export const REMEMBERED = 4_096;

/** Says which notes belong together, and which are too many. */
export class Correlator {
  readonly #clock: Clock;
  readonly #buckets = new Recent<Bucket>(REMEMBERED);
  readonly #alike = new Recent<Alike>(REMEMBERED);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  correlate(note: EventNote): Correlated {
    const { object, type, reason, message } = note;
    const about = [object.apiVersion, object.kind, object.namespace, object.name, object.uid];
    const isThrottled = !this.#takeToken(JSON.stringify(about));
    const group = JSON.stringify([...about, type, reason]);
    if (this.#areTooManyDifferent(group, message)) {
      return { key: group, message: `(the latest of many alike) ${message}`, isThrottled };
    }
    return { key: JSON.stringify([group, message]), message, isThrottled };
  }

  #takeToken(object: string): boolean {
    const now = this.#clock.monotonic();
    const bucket = this.#buckets.take(
      object,
      () => true,
      () => ({ tokens: BURST, at: now }),
    );
    bucket.tokens = Math.min(BURST, bucket.tokens + (now - bucket.at) / REFILL_MS);
    bucket.at = now;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #areTooManyDifferent(group: string, message: string): boolean {
    const now = this.#clock.monotonic();
    const alike = this.#alike.take(
      group,
      (known) => now - known.at <= AGGREGATION_MS,
      () => ({ messages: new Set(), at: now }),
    );
    alike.at = now;
    if (alike.messages.size < DIFFERENT_MESSAGES) alike.messages.add(message);
    return alike.messages.size >= DIFFERENT_MESSAGES;
  }
}
