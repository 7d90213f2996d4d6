import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { systemClock } from '../../src/ports/clock.ts';
import { type Effect, effectLines, neverSeen } from './effects.ts';
import { planOf, type Size } from './plan.ts';
import { openRecord } from './record.ts';
import { failureText } from './report.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulate.ts';
import type { Answer, Order } from './worker.ts';
import { startWorkers } from './workers.ts';

const USAGE = `npm run simulate -- --seed N [--shrink]           one seed, with all that there is to say of it
npm run simulate -- --seeds N [--from S] [--jobs J]   many seeds over the cores (default: 300 from 0)
  --record FILE  keeps what is done; the same command goes on there after an end of any kind
  --big     20 to 50 runs a seed in place of 3 to 6
  --shrink  removes faults as long as the same promise stays broken`;

/** So many seeds a time: little enough that the cores end together. */
const CHUNK = 20;
const PROGRESS_MS = 5_000;
/** Of more failures than this the text of the first ones says enough. */
const TOLD_FAILURES = 5;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string' },
    jobs: { type: 'string' },
    record: { type: 'string' },
    big: { type: 'boolean' },
    shrink: { type: 'boolean' },
    help: { type: 'boolean' },
  },
});
const size: Size = values.big === true ? 'big' : 'small';
if (values.help === true) console.log(USAGE);
else if (values.seed === undefined) await many();
else await one(whole('seed', values.seed));

async function one(seed: number): Promise<void> {
  let outcome = await simulate(planOf(seed, size));
  if (outcome.violation !== undefined && values.shrink === true) {
    outcome = await simulate(await shrink(outcome.plan, outcome.violation.promise, simulate));
  }
  const failure = failureText(outcome, size);
  console.log(failure ?? [...outcome.tail, `seed ${seed}: every promise was kept`].join('\n'));
  console.log(`log ${outcome.hash}, ${(outcome.virtualMs / 1000).toFixed(0)} s of virtual time`);
  if (failure !== undefined) process.exitCode = 1;
}

async function many(): Promise<void> {
  const from = whole('from', values.from ?? '0');
  const to = from + whole('seeds', values.seeds ?? '300');
  const jobs = whole('jobs', values.jobs ?? String(availableParallelism()));
  const startedAt = systemClock.monotonic();
  const workers = await startWorkers(jobs);
  const run = { from, to, size, program: workers.program };
  const record = values.record === undefined ? undefined : openRecord(values.record, run);
  const lived = new Set(record?.answers.map(([order]) => order.from));
  const seconds = () => (systemClock.monotonic() - startedAt) / 1000;
  let next = from;
  let done = 0;
  let failed = 0;
  let mostWrites = 0;
  let cpuMs = 0;
  const effects = new Map<Effect, number>();
  let toldAt = 0;

  function take(): Order | undefined {
    while (lived.has(next)) next += CHUNK;
    if (next >= to) return undefined;
    const order = { from: next, count: Math.min(CHUNK, to - next), size };
    next += order.count;
    return order;
  }

  function hear(order: Order, answer: Answer): void {
    record?.keep(order, answer);
    count(order, answer);
    if (systemClock.monotonic() - toldAt < PROGRESS_MS) return;
    toldAt = systemClock.monotonic();
    console.log(`${done} of ${to - from} seeds, ${failed} failed, ${seconds().toFixed(0)} s`);
  }

  function count(order: Order, answer: Answer): void {
    done += order.count;
    mostWrites = Math.max(mostWrites, answer.mostWrites);
    cpuMs += answer.cpuMs;
    for (const [effect, count] of answer.effects) effects.set(effect, (effects.get(effect) ?? 0) + count);
    for (const { seed, text } of answer.failures) {
      failed += 1;
      console.log(failed <= TOLD_FAILURES ? `${text}\n` : `seed ${seed} failed too`);
    }
  }

  async function work(): Promise<void> {
    for (let order = take(); order !== undefined; order = take()) hear(order, await workers.live(order));
  }

  for (const [order, answer] of record?.answers ?? []) count(order, answer);
  try {
    await Promise.all(Array.from({ length: jobs }, work));
  } finally {
    await workers.stop();
  }
  console.log(['seeds in which it went wrong:', ...effectLines(effects)].join('\n'));
  console.log(
    `${done} seeds from ${from} (${size}): ${failed} failed; at most ${mostWrites} writes for one run; ` +
      `${seconds().toFixed(0)} s, ${(cpuMs / done).toFixed(0)} ms of CPU a seed`,
  );
  const never = neverSeen(effects, size === 'small' ? done : 0);
  for (const effect of never) console.log(`never happened, and should have in ${done} seeds: ${effect}`);
  if (failed > 0 || never.length > 0) process.exitCode = 1;
}

function whole(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`simulating: --${name} must be a whole number, got "${text}"\n${USAGE}`);
}
