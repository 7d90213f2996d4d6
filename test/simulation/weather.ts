import type { TransportRequest, TransportResponse } from '../../src/kube/transport/transport.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Effects } from './effects.ts';
import type { EventLog } from './eventLog.ts';
import { statusAnswer } from './faultyTransport.ts';
import type { Weather } from './worldFaults.ts';

type Denial = 'quota' | 'webhook' | 'webhookDown';

/** What is wrong with the API server for everybody, for a while. */
export class ClusterWeather implements Weather {
  readonly #clock: Clock;
  readonly #log: EventLog;
  readonly #effects: Effects;
  #denial: { readonly why: Denial; readonly untilMs: number } | undefined;
  #slow: { readonly byMs: number; readonly untilMs: number } | undefined;
  #isCalm = false;

  constructor(clock: Clock, log: EventLog, effects: Effects) {
    this.#clock = clock;
    this.#effects = effects;
    this.#log = log;
  }

  deny(why: Denial, forMs: number): void {
    this.#denial = { why, untilMs: this.#clock.monotonic() + forMs };
  }

  slow(byMs: number, forMs: number): void {
    this.#slow = { byMs, untilMs: this.#clock.monotonic() + forMs };
  }

  /** From now on nothing goes wrong. */
  calm(): void {
    this.#isCalm = true;
    this.#denial = undefined;
    this.#slow = undefined;
  }

  isCalm(): boolean {
    return this.#isCalm;
  }

  extraMs(): number {
    if (this.#slow === undefined || this.#clock.monotonic() >= this.#slow.untilMs) return 0;
    this.#effects.add('API slow');
    return this.#slow.byMs;
  }

  /** What the API server answers to a create of a pod that it refuses at the moment. */
  denial({ method, path }: TransportRequest): TransportResponse | undefined {
    const denial = this.#denial;
    const isCreate = method === 'POST' && /\/pods(\?|$)/.test(path);
    if (!isCreate || denial === undefined || this.#clock.monotonic() >= denial.untilMs) return undefined;
    this.#log.add('cluster', `refuses a pod: ${denial.why}`);
    this.#effects.add(DENIALS[denial.why]);
    const [code, reason, message] = ANSWERS[denial.why];
    return statusAnswer(code, reason, message);
  }
}

const DENIALS = {
  quota: 'pod refused: quota',
  webhook: 'pod refused: webhook',
  webhookDown: 'pod refused: webhook down',
} as const;

const ANSWERS: Readonly<Record<Denial, readonly [number, string, string]>> = {
  quota: [
    403,
    'Forbidden',
    'pods "x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=9, limited: pods=9',
  ],
  webhook: [403, 'Forbidden', 'admission webhook "policy.example.com" denied the request: not today'],
  webhookDown: [
    500,
    'InternalError',
    'Internal error occurred: failed calling webhook "policy.example.com": connection refused',
  ],
};
