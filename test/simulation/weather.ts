import type { TransportRequest, TransportResponse } from '../../src/kube/transport/transport.ts';
import type { Clock } from '../../src/ports/clock.ts';
import type { Chance } from './chance.ts';
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
  #tooMany: { readonly percent: number; readonly retryAfterS: number; readonly untilMs: number } | undefined;
  #downUntilMs = 0;
  #stall: { readonly over: Promise<void>; readonly end: () => void } | undefined;
  readonly #cutters = new Set<() => void>();
  readonly #atCalm: (() => void)[] = [];
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

  tooMany(percent: number, retryAfterS: number, forMs: number): void {
    this.#tooMany = { percent, retryAfterS, untilMs: this.#clock.monotonic() + forMs };
  }

  down(forMs: number, atEnd: () => void): void {
    this.#downUntilMs = Math.max(this.#downUntilMs, this.#clock.monotonic() + forMs);
    this.#effects.add('API down');
    this.#cutAll();
    this.#clock.after(forMs, () => {
      if (this.#isCalm) return;
      atEnd();
      this.#log.add('cluster', 'the API can be reached again');
    });
  }

  stall(forMs: number): void {
    if (this.#stall !== undefined) return;
    let resolve = () => {};
    const over = new Promise<void>((done) => {
      resolve = done;
    });
    const end = () => {
      this.#stall = undefined;
      resolve();
    };
    this.#stall = { over, end };
    this.#clock.after(forMs, end);
  }

  cutWatches(everyMs: number, forMs: number): void {
    if (this.#isCalm || forMs < everyMs) return;
    this.#clock.after(everyMs, () => {
      if (this.#cutters.size > 0) this.#effects.add('watches cut again and again');
      this.#cutAll();
      this.cutWatches(everyMs, forMs - everyMs);
    });
  }

  /** From now on nothing goes wrong. */
  calm(): void {
    this.#isCalm = true;
    this.#denial = undefined;
    this.#slow = undefined;
    this.#tooMany = undefined;
    this.#downUntilMs = 0;
    this.#stall?.end();
    for (const begin of this.#atCalm) begin();
  }

  /** Calls `begin` when calm returns. */
  onCalm(begin: () => void): void {
    this.#atCalm.push(begin);
  }

  /** Whether nobody reaches the API server at the moment. */
  isDown(): boolean {
    return this.#clock.monotonic() < this.#downUntilMs;
  }

  /** Ends when the API server goes on; undefined: it does its work. */
  stalled(): Promise<void> | undefined {
    if (this.#stall !== undefined) this.#effects.add('API stalled');
    return this.#stall?.over;
  }

  /** Calls `cut` when all watches are cut; returns what forgets it. */
  onCut(cut: () => void): () => void {
    this.#cutters.add(cut);
    return () => void this.#cutters.delete(cut);
  }

  #cutAll(): void {
    for (const cut of this.#cutters) cut();
  }

  isCalm(): boolean {
    return this.#isCalm;
  }

  extraMs(): number {
    if (this.#slow === undefined || this.#clock.monotonic() >= this.#slow.untilMs) return 0;
    this.#effects.add('API slow');
    return this.#slow.byMs;
  }

  /** What the API server answers to what it refuses at the moment. */
  denial(request: TransportRequest, chance: Chance): TransportResponse | undefined {
    return this.#refusalOfMany(chance) ?? this.#denialOfPod(request);
  }

  #refusalOfMany(chance: Chance): TransportResponse | undefined {
    const many = this.#tooMany;
    if (many === undefined || this.#clock.monotonic() >= many.untilMs) return undefined;
    if (chance.int(1, 100) > many.percent) return undefined;
    const saysWhen = many.retryAfterS > 0;
    this.#effects.add(saysWhen ? 'too many requests, and when to come back' : 'too many requests');
    const answer = statusAnswer(429, 'TooManyRequests', 'too many requests, please try again later');
    if (!saysWhen) return answer;
    return { ...answer, headers: { ...answer.headers, 'retry-after': String(many.retryAfterS) } };
  }

  #denialOfPod({ method, path }: TransportRequest): TransportResponse | undefined {
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
