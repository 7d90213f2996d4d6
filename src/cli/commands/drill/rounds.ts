import { createRun } from '../../../actions/createRun.ts';
import { sleep } from '../../../ports/clock.ts';
import { type Canary, planCanaries, ROUNDS, type Round } from './canaries.ts';
import { canaryRun } from './canaryRun.ts';
import type { MadeCanary } from './count.ts';
import { hasNewLeader, type LeaderPod, restartLeader } from './leader.ts';
import { patiently } from './patiently.ts';
import { describeBlow, isTime, strike } from './strike.ts';
import type { Skipped, Task } from './task.ts';
import type { Watcher } from './watcher.ts';

/** Canaries that live at the same time. */
const AT_ONCE = 5;
/** The first canary is accepted within this, or nobody accepts any: a change of leader takes 15 s at most. */
const ACCEPT_MS = 30_000;
const LOOK_AGAIN_MS = 500;
/** What a fault is called that hits the operator. */
const RESTART = 'leading operator restarted';

/** Makes the canaries, round by round, and does to each what is to be done to it. */
export class Rounds {
  readonly made: MadeCanary[] = [];
  readonly faults: Record<string, number> = {};
  readonly skipped: Skipped[] = [];
  readonly plan: readonly Canary[];
  cutShort: string | undefined;
  readonly #task: Task;
  readonly #watcher: Watcher;

  constructor(task: Task, watcher: Watcher) {
    this.#task = task;
    this.#watcher = watcher;
    this.plan = planCanaries(task.runs);
  }

  /** Ends when all have ended, or the time is up, or nobody accepts runs. Throws what the API refuses. */
  async live(): Promise<void> {
    for (const round of ROUNDS) {
      if (this.cutShort !== undefined) break;
      const canaries = this.plan.filter(({ life }) => life.round === round);
      this.#task.tell(`${canaries.length} ${SAID[round]}`);
      await Promise.all([
        this.#inParallel(canaries),
        ...(round === 'operator restarted' ? [this.#restartOperator(canaries)] : []),
      ]);
    }
  }

  /** Whether the operator was restarted. */
  restart(): 'restarted' | 'left alone' {
    return this.faults[RESTART] === undefined ? 'left alone' : 'restarted';
  }

  async #inParallel(canaries: readonly Canary[]): Promise<void> {
    const waiting = [...canaries];
    const one = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        if (this.cutShort !== undefined) return;
        await this.#liveOne(next);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, one));
  }

  async #liveOne(canary: Canary): Promise<void> {
    const { client, clock, namespace, image, random, signal, until } = this.#task;
    const wanted = canaryRun(canary, namespace, image);
    const run = await patiently(this.#task, () => createRun(client, wanted, random, { signal }));
    const uid = run.metadata.uid ?? '';
    this.made.push({ canary, uid });
    const isAccepted = () => this.#watcher.seen.runs.get(uid)?.acceptedAt !== undefined;
    const isEnded = () => this.#watcher.seen.runs.get(uid)?.isEnded === true;
    const patience = Math.min(until, clock.monotonic() + ACCEPT_MS);
    if (!(await this.#watcher.until(() => isAccepted() || isEnded(), patience, signal))) {
      if (!this.#hasAnyAccepted()) this.cutShort ??= `no run was accepted within ${ACCEPT_MS / 1000} s`;
    } else await this.#disturb(canary, uid);
    if (this.cutShort !== undefined) return;
    const hasEnded = await this.#watcher.until(isEnded, until, signal);
    if (!hasEnded) this.cutShort ??= 'the time was up';
    this.#tellEnd(canary, uid);
  }

  #hasAnyAccepted(): boolean {
    return [...this.#watcher.seen.runs.values()].some(({ acceptedAt }) => acceptedAt !== undefined);
  }

  async #disturb({ life, name }: Canary, uid: string): Promise<void> {
    const { client, namespace, signal, until } = this.#task;
    const fault = describeBlow(life.blow);
    if (fault === undefined) return;
    const isOver = () => this.#watcher.seen.runs.get(uid)?.isEnded === true;
    await this.#watcher.until((seen) => isTime(life.blow, uid, seen) || isOver(), until, signal);
    const target = { namespace, name, uid };
    const hit = await patiently(this.#task, () => strike(client, life.blow, target, this.#watcher.seen));
    if (hit) this.faults[fault] = (this.faults[fault] ?? 0) + 1;
    else this.skipped.push({ fault, why: `its moment did not come in the life of run ${name}` });
  }

  #tellEnd({ name }: Canary, uid: string): void {
    const { last, isEnded } = this.#watcher.seen.runs.get(uid) ?? {};
    const reason = last?.status?.main?.reason;
    const phase = last?.status?.phase ?? 'not seen';
    const how =
      isEnded === true ? `${phase}${reason === undefined ? '' : `, ${reason}`}` : `not ended (${phase})`;
    this.#task.tell(`  ${name}: ${how}`);
  }

  /** Once each of the round's canaries is at work, so that there is something to lose. */
  async #restartOperator(canaries: readonly Canary[]): Promise<void> {
    const { client, restartable, signal, tell, until } = this.#task;
    if (restartable.kind === 'no') {
      this.skipped.push({ fault: RESTART, why: restartable.why });
      return;
    }
    const names = new Set(canaries.map(({ name }) => name));
    await this.#watcher.until(
      ({ runs }) =>
        this.cutShort !== undefined ||
        [...runs.values()].filter(({ name, acceptedAt }) => names.has(name) && acceptedAt !== undefined)
          .length === names.size,
      until,
      signal,
    );
    const { leader } = restartable;
    tell(`  deleting pod ${leader.namespace}/${leader.name}, which leads`);
    await patiently(this.#task, () => restartLeader(client, leader));
    this.faults[RESTART] = 1;
    await this.#untilAnotherLeads(leader);
  }

  async #untilAnotherLeads(leader: LeaderPod): Promise<void> {
    const { client, clock, signal, tell, until } = this.#task;
    const begun = clock.monotonic();
    while (clock.monotonic() < until) {
      if (await patiently(this.#task, () => hasNewLeader(client, leader))) {
        tell(`  another leads after ${Math.round((clock.monotonic() - begun) / 100) / 10} s`);
        return;
      }
      await sleep(clock, LOOK_AGAIN_MS, signal);
    }
    this.cutShort ??= 'no operator led any more after its leader’s pod was deleted';
  }
}

const SAID: Readonly<Record<Round, string>> = {
  undisturbed: 'runs that nobody disturbs',
  disturbed: 'runs whose pods are deleted, that are cancelled or deleted',
  'operator restarted': 'runs that take a while, to restart the leading operator under',
};
