import { setTimeout as delay } from 'node:timers/promises';
import { runs } from '../../src/actions/resources.ts';
import { LABEL } from '../../src/core/naming/naming.ts';
import { isTerminal } from '../../src/core/run/phases.ts';
import type { Run } from '../../src/core/run/run.ts';
import { NotFoundError } from '../../src/kube/errors.ts';
import { pods } from '../../src/kube/resources.ts';
import { createRun } from '../support/product.ts';
import { type Counts, callsOf, count, type Facts } from './count.ts';
import type { Form, Plan, Scene } from './fault.ts';
import { type Job, worker } from './job.ts';
import { observe } from './observe.ts';
import { endPlainPods } from './plainPods.ts';
import type { Call } from './receiver.ts';
import type { Stage } from './stage.ts';

/** What came of one fault. */
export interface Result {
  readonly name: string;
  readonly does: string;
  readonly counts: Counts;
  /**
   * Seconds from the end of the fault, or from the end of a main that ended later, until its handler was called: the
   * slowest of all runs, one among them that was submitted when the fault ended and does nothing.
   */
  readonly recoverySeconds: number;
  /** Seconds of it until Kubernetes itself ran a plain pod on every node; 0 where that was not tried. */
  readonly kubernetesSeconds: number;
  readonly seconds: number;
}

/** A net against hanging; what has not ended by then is counted as lost. */
const PATIENCE_MS: Record<Form, number> = { short: 240_000, full: 900_000 };
const GONE_WITHIN_MS = 90_000;
const AT_ONCE = 20;
const LOOK_AGAIN_MS = 250;
const PROBE = 'after';

/** Lives through one fault with a load of its own, in a namespace of its own, and counts from outside. */
export async function trial(
  row: { readonly name: string; readonly does: Readonly<Record<Form, string>> },
  plan: Plan,
  stage: Stage,
  form: Form,
): Promise<Result> {
  const began = performance.now();
  const namespace = await stage.namespace();
  // What a fault leaves in a namespace, a quota for one, is not Kubernetes' slowness.
  const besides = await stage.namespace();
  const { url } = stage;
  const observer = observe(stage.client, namespace);
  // While its operators are still at work: what a failed trial leaves holds its namespace.
  stage.cleanups.add(() => deleteAll(stage, namespace));
  const stop = stage.cleanups.add(() => observer.stop());
  const jobs: Job[] = [...plan.jobs(url)];
  const scene: Scene = {
    form,
    client: stage.client,
    namespace,
    jobs,
    seen: observer,
    url,
    cleanups: stage.cleanups,
    calls: (said) => callsIn(stage.calls(), observer.runs).filter((call) => call.said === said),
    isOver: () => jobs.every(({ name }) => isTerminal(observer.runs.get(name)?.status?.phase)),
  };
  await plan.prepare?.(scene);
  await createAll(stage, namespace, jobs);
  const created = jobs.length;
  await plan.strike(scene);
  const faultEnded = performance.now();
  if (plan.probe !== 'none')
    jobs.push({ name: PROBE, spec: worker({ url, seconds: 0 }), ends: ['Succeeded Completed'] });
  const [kubernetesMs] = await Promise.all([
    plan.probe === 'none' ? 0 : endPlainPods(stage.client, besides),
    createAll(stage, namespace, jobs.slice(created)).then(() =>
      untilEnded(stage, namespace, jobs, PATIENCE_MS[form]),
    ),
  ]);
  const { runs: ended, gone } = await lastStates(stage, namespace, observer.runs);
  const also = (await plan.also?.(scene)) ?? [];
  const left = await deleteAll(stage, namespace);
  await stop();
  const calls = callsIn(stage.calls(), ended);
  const facts: Facts = {
    jobs,
    runs: ended,
    gone,
    calls,
    started: observer.started,
    handled: observer.handled,
    bound: await stage.bindings(namespace),
    left,
  };
  const counts = count(facts);
  return {
    name: row.name,
    does: row.does[form],
    counts: { ...counts, problems: [...counts.problems, ...also] },
    recoverySeconds: recovery(facts, faultEnded) / 1000,
    kubernetesSeconds: kubernetesMs / 1000,
    seconds: (performance.now() - began) / 1000,
  };
}

/** Creates them as kubectl would, not all at the same moment; an answer that was lost is asked for again. */
async function createAll(stage: Stage, namespace: string, jobs: readonly Job[]): Promise<void> {
  for (let at = 0; at < jobs.length; at += AT_ONCE)
    await Promise.all(
      jobs.slice(at, at + AT_ONCE).map(async ({ name, spec }) => {
        await createRun(await stage.client(), namespace, name, spec);
      }),
    );
}

/** Of all namespaces a receiver hears; these are the calls of these runs. */
function callsIn(calls: readonly Call[], all: ReadonlyMap<string, Run>): Call[] {
  const uids = new Set([...all.values()].map(({ metadata }) => metadata.uid));
  return calls.filter(({ run }) => uids.has(run));
}

async function listed(stage: Stage, namespace: string): Promise<Run[] | undefined> {
  const client = await stage.client();
  return client.listAll(runs, { namespace }).then(
    ({ items }) => [...items],
    () => undefined,
  );
}

async function untilEnded(stage: Stage, namespace: string, jobs: readonly Job[], patienceMs: number) {
  const end = performance.now() + patienceMs;
  while (performance.now() < end) {
    const all = await listed(stage, namespace);
    const byName = new Map(all?.map((run) => [run.metadata.name, run]));
    const isDone = (job: Job) => {
      const run = byName.get(job.name);
      return run === undefined ? job.goes === true : isTerminal(run.status?.phase) && job.goes !== true;
    };
    if (all !== undefined && jobs.every(isDone)) return;
    await delay(LOOK_AGAIN_MS);
  }
}

async function lastStates(stage: Stage, namespace: string, seen: ReadonlyMap<string, Run>) {
  const all = new Map(seen);
  const there = (await listed(stage, namespace)) ?? [];
  for (const run of there) all.set(run.metadata.name ?? '', run);
  const names = new Set(there.map(({ metadata }) => metadata.name ?? ''));
  return { runs: all, gone: new Set([...all.keys()].filter((name) => !names.has(name))) };
}

/** Deletes all runs; what of them and their pods is still there after a while. Templates are shared, and swept later. */
async function deleteAll(stage: Stage, namespace: string): Promise<string[]> {
  const client = await stage.client();
  const ours = { namespace, labelSelector: LABEL.runUid };
  await client.deleteCollection(runs, { namespace }).catch(ignoreAbsence);
  const end = performance.now() + GONE_WITHIN_MS;
  for (;;) {
    const [left, leftPods] = await Promise.all([client.list(runs, { namespace }), client.list(pods, ours)]);
    const names = [
      ...left.items.map(({ metadata }) => `run/${metadata.name}`),
      ...leftPods.items.map(({ metadata }) => `pod/${metadata?.name}`),
    ];
    if (names.length === 0 || performance.now() > end) return names;
    await delay(LOOK_AGAIN_MS);
  }
}

function ignoreAbsence(error: unknown): void {
  if (!(error instanceof NotFoundError)) throw error;
}

function recovery({ runs: all, calls }: Facts, faultEnded: number): number {
  const waits = [...all.values()].flatMap((run) => {
    const handled = callsOf(calls, run, 'exit')[0];
    if (handled === undefined) return [];
    const ended = callsOf(calls, run, 'end').at(-1);
    const since = run.metadata.name === PROBE ? faultEnded : Math.max(faultEnded, ended?.at ?? 0);
    return [handled.at - since];
  });
  return Math.max(0, ...waits);
}
