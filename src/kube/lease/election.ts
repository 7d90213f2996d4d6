import type { Lease } from 'kubernetes-types/coordination/v1.d.ts';
import { type Clock, type Random, sleep } from '../../ports/clock.ts';
import { withTimeLimit } from '../../ports/withTimeLimit.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import { leases } from '../resources.ts';
import type { KubeClient, ObjectRef } from '../types.ts';
import { type Claim, claimed, firstClaim, holderOf, recordOf, released } from './leaseRecord.ts';
import { Reign } from './reign.ts';

/** One renewal that took effect. */
export interface Renewal {
  /** From when it was due until it was confirmed. */
  readonly lateMs: number;
}

export interface ElectionOptions {
  readonly client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly ref: Required<ObjectRef>;
  /** From `holderIdentity`; no other process may have the same. */
  readonly identity: string;
  /** A whole number of seconds, at least 3; default 15. */
  readonly leaseSeconds?: number;
  readonly clock: Clock;
  readonly random: Random;
  /** We lead. The signal is aborted as soon as we don't, or are asked to stop. */
  readonly onStarted: (signal: AbortSignal) => void;
  /** We are to lead no more: resolves when nothing works as leader any more. No new claim is made before that. */
  readonly onStopped: (why: string) => Promise<void>;
  readonly onNewLeader?: (identity: string) => void;
  /** A claim, renewal or release failed; it goes on by itself. */
  readonly onError?: (error: unknown) => void;
  readonly onRenewed?: (renewal: Renewal) => void;
}

/** client-go's default, and long enough for a restart of the API server. */
export const DEFAULT_LEASE_SECONDS = 15;
/** Below this a single slow write of etcd costs the leadership. */
export const MIN_LEASE_SECONDS = 3;
/** client-go's proportions, 15 : 10 : 2. Without a confirmed renewal for so much of the lease we lead no more … */
const DEADLINE_SHARE = 2 / 3;
/** … and so often we renew, or look whether we may claim. */
const RETRY_SHARE = 2 / 15;
/** One request may take so much of the deadline: a hanging one leaves time for another. */
const REQUEST_SHARE = 1 / 2;
/** Never look more often than that for a lease that is about to expire. */
const MIN_WAIT_MS = 50;

/**
 * Leader election on a Lease, for as long as it runs: after a loss it stands again.
 *
 * Nobody's clock is compared with another's: an observer times by its own monotonic clock how long a record has not
 * changed, and claims after the duration that the holder wrote. The holder counts from before it sent its last
 * confirmed renewal and stops at two thirds of the duration. So it has stopped before another can begin, provided that
 * clocks run at about the same rate; what is still in flight is caught by the resourceVersion of each write.
 */
export class Election {
  readonly #options: ElectionOptions;
  readonly #leaseSeconds: number;
  readonly #close = new AbortController();
  #running: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #reign: Reign | undefined;
  /** Settles when the work of the last reign has ended. */
  #workEnded: Promise<void> = Promise.resolve();
  /** The lease as our last write left it; undefined when it must be read first. */
  #ours: Lease | undefined;
  #observed: { readonly record: string; readonly at: number } | undefined;
  #leader: string | undefined;
  #claimableAt = 0;
  /** A claim was sent and nobody else was seen to hold the lease since. */
  #mayHold = false;
  #problem: unknown;

  /** Throws when `leaseSeconds` is not a whole number of at least 3. */
  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#leaseSeconds = options.leaseSeconds ?? DEFAULT_LEASE_SECONDS;
    if (!Number.isInteger(this.#leaseSeconds) || this.#leaseSeconds < MIN_LEASE_SECONDS) {
      throw new Error(
        `starting the election: the lease must last a whole number of seconds, at least ${MIN_LEASE_SECONDS}; ` +
          `got ${this.#leaseSeconds}`,
      );
    }
  }

  /** Stands for election, once. Does nothing after `stop`. */
  start(): void {
    if (!this.#stopping) this.#running ??= this.#run();
  }

  /** True while nobody else can lead. Looks at the clock, so that a process that was paused notices before it acts. */
  isLeader(): boolean {
    this.#loseIfOverdue();
    return this.#reign !== undefined;
  }

  /** The last holder seen; undefined when none was. */
  leader(): string | undefined {
    return this.#leader;
  }

  /** Why the last try failed; undefined when it did not. */
  problem(): unknown {
    return this.#problem;
  }

  /** Ends the work (renewing meanwhile), gives the lease back and resolves. Safe in any state. */
  async stop(): Promise<void> {
    this.#stopping ??= this.#leave();
    await this.#stopping;
  }

  async #leave(): Promise<void> {
    if (this.#reign) await this.#endWork(this.#reign, 'asked to stop');
    this.#close.abort(new Error('the election was stopped'));
    await this.#running;
    await this.#workEnded;
    this.#reign?.close();
    this.#reign = undefined;
    const never = new AbortController().signal;
    if (this.#mayHold)
      await this.#withTimeLimit(never, (signal) => this.#release(signal)).catch(this.#failed);
  }

  async #run(): Promise<void> {
    while (!this.#close.signal.aborted) {
      // Leadership may have been lost while we slept: no claim before the work of that reign has ended.
      await this.#workEndedUnlessLeading();
      const startedAt = this.#options.clock.monotonic();
      await this.#standOrRenew();
      await sleep(this.#options.clock, this.#waitMs(startedAt), this.#close.signal).catch(() => {});
    }
  }

  /** A conflict only says that what we knew is old: it is read and tried once more, at once. */
  async #standOrRenew(): Promise<void> {
    const attempt = () => this.#withTimeLimit(this.#close.signal, (signal) => this.#attempt(signal));
    try {
      await attempt().catch(async (error: unknown) => {
        if (!(error instanceof ConflictError || error instanceof NotFoundError)) throw error;
        await this.#workEndedUnlessLeading();
        await attempt();
      });
    } catch (error) {
      if (!this.#close.signal.aborted) this.#failed(error);
    }
  }

  async #attempt(signal: AbortSignal): Promise<void> {
    const reign = this.#reign;
    const known = this.#ours ?? (await this.#read(signal));
    this.#ours = undefined;
    if (reign !== this.#reign) return;
    if (known && !this.#mayClaim(known)) {
      this.#problem = undefined;
      return;
    }
    const sentAt = this.#options.clock.monotonic();
    const stored = await this.#claim(known, signal);
    this.#problem = undefined;
    this.#ours = stored;
    if (this.#isConfirmed(reign, sentAt)) this.#confirmed(stored, sentAt);
  }

  async #claim(known: Lease | undefined, signal: AbortSignal): Promise<Lease> {
    const { client, clock, identity, ref } = this.#options;
    const claim: Claim = { identity, leaseSeconds: this.#leaseSeconds, nowMs: clock.now() };
    const options = { lane: 'lease' as const, signal };
    this.#mayHold = true;
    if (known) return await client.replace(leases, claimed(known, claim), options);
    return await client.create(leases, firstClaim(ref, claim), options);
  }

  /** An answer that came too late proves nothing any more; nor does one to a reign whose work is ending. */
  #isConfirmed(reign: Reign | undefined, sentAt: number): boolean {
    this.#loseIfOverdue();
    return reign === this.#reign && this.#options.clock.monotonic() - sentAt < this.#deadlineMs();
  }

  async #read(signal: AbortSignal): Promise<Lease | undefined> {
    try {
      const lease = await this.#options.client.get(leases, this.#options.ref, { lane: 'lease', signal });
      this.#observe(lease);
      return lease;
    } catch (error) {
      if (error instanceof NotFoundError) return undefined;
      throw error;
    }
  }

  #observe(lease: Lease): void {
    const { clock, identity, onNewLeader } = this.#options;
    const record = recordOf(lease);
    const holder = holderOf(lease);
    if (record !== this.#observed?.record) this.#observed = { record, at: clock.monotonic() };
    const durationMs = (lease.spec?.leaseDurationSeconds ?? this.#leaseSeconds) * 1000;
    this.#claimableAt = holder === undefined ? 0 : this.#observed.at + durationMs;
    this.#mayHold &&= holder === identity;
    if (holder !== identity) this.#lose(`the lease is held by ${holder ?? 'nobody'}`);
    if (holder === undefined || holder === this.#leader) return;
    this.#leader = holder;
    onNewLeader?.(holder);
  }

  /** Also a lease of our own name: a claim whose answer was lost. */
  #mayClaim(lease: Lease): boolean {
    const isOurs = holderOf(lease) === this.#options.identity;
    return isOurs || this.#options.clock.monotonic() >= this.#claimableAt;
  }

  #confirmed(stored: Lease, sentAt: number): void {
    if (!this.#reign) return this.#begin(stored, sentAt);
    const dueAt = this.#reign.confirmedAt + this.#retryMs();
    this.#options.onRenewed?.({ lateMs: this.#options.clock.monotonic() - dueAt });
    this.#reign.confirm(sentAt);
    this.#observe(stored);
  }

  #begin(stored: Lease, sentAt: number): void {
    if (this.#stopping) return;
    const overdue = () => this.#loseIfOverdue();
    this.#reign = new Reign(this.#options.clock, this.#deadlineMs(), sentAt, overdue);
    this.#observe(stored);
    this.#options.onStarted(this.#reign.signal);
  }

  #loseIfOverdue(): void {
    if (this.#reign?.isOverdue()) this.#lose(`no renewal was confirmed for ${this.#deadlineMs() / 1000} s`);
  }

  #lose(why: string): void {
    const reign = this.#reign;
    if (!reign) return;
    this.#reign = undefined;
    this.#ours = undefined;
    reign.close();
    void this.#endWork(reign, why);
  }

  /** Once for each reign. */
  async #endWork(reign: Reign, why: string): Promise<void> {
    if (!reign.signal.aborted) {
      reign.end(why);
      this.#workEnded = this.#stopped(why);
    }
    await this.#workEnded;
  }

  async #stopped(why: string): Promise<void> {
    try {
      await this.#options.onStopped(why);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #workEndedUnlessLeading(): Promise<void> {
    if (!this.#reign) await this.#workEnded;
  }

  async #release(signal: AbortSignal): Promise<void> {
    const lease = this.#ours ?? (await this.#read(signal));
    if (!lease || holderOf(lease) !== this.#options.identity) return;
    const given = released(lease, this.#options.clock.now());
    await this.#options.client.replace(leases, given, { lane: 'lease', signal });
  }

  /** A leader renews at a fixed rate; the others look as often, and at the moment when the lease may be claimed. */
  #waitMs(startedAt: number): number {
    const now = this.#options.clock.monotonic();
    const nextMs = startedAt + this.#retryMs() - now;
    if (this.#reign) return Math.max(0, nextMs);
    const untilClaimable = this.#claimableAt > now ? this.#claimableAt - now : nextMs;
    return Math.max(MIN_WAIT_MS, Math.min(untilClaimable, nextMs * (1 + this.#options.random() / 5)));
  }

  async #withTimeLimit(stop: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const limitMs = this.#deadlineMs() * REQUEST_SHARE;
    await withTimeLimit({ what: 'the lease', clock: this.#options.clock, limitMs, stop }, work);
  }

  readonly #failed = (error: unknown): void => {
    this.#problem = error;
    this.#options.onError?.(error);
  };

  #deadlineMs(): number {
    return this.#leaseSeconds * 1000 * DEADLINE_SHARE;
  }

  #retryMs(): number {
    return this.#leaseSeconds * 1000 * RETRY_SHARE;
  }
}
