import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControllerRevision } from 'kubernetes-types/apps/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { runs } from '../actions/resources.ts';
import { mainTerminated } from '../core/pod/podFacts.ts';
import { isTerminal } from '../core/run/phases.ts';
import type { Run } from '../core/run/run.ts';
import { isOurPod, isOurTemplate } from '../core/sweep/isOurs.ts';
import { controllerRevisions, namespaces, pods } from '../kube/resources.ts';
import { OperatorWorld } from './testing/operatorWorld.ts';

/** What the API held at one moment of a run's life. */
interface Stored {
  readonly run: Run;
  readonly pods: readonly Pod[];
  readonly revisions: readonly ControllerRevision[];
}

const FIXTURES = join(import.meta.dirname, 'testing', 'fixtures');

/** Every stored state: a folder for each version, a file for each life, a line for each moment of it. */
function storedStates(): [string, Stored][] {
  return readdirSync(FIXTURES).flatMap((version) =>
    readdirSync(join(FIXTURES, version)).flatMap((file) => {
      const states = JSON.parse(readFileSync(join(FIXTURES, version, file), 'utf8')) as Stored[];
      return states.map((state, index): [string, Stored] => {
        const { phase = 'no phase', revision = 0 } = state.run.status ?? {};
        return [`${version}, ${file}, state ${index}: ${phase}, revision ${revision}`, state];
      });
    }),
  );
}

let world: OperatorWorld;

afterEach(async () => {
  const stopped = Promise.all(world.operators.map((operator) => operator.stop()));
  await world.clock.advance(60_000);
  await stopped;
});

/** The cluster as an operator of that version left it. */
function restore({ run, pods: stored, revisions }: Stored): OperatorWorld {
  world = new OperatorWorld();
  const { cluster } = world.api;
  const now = new Date(world.clock.now()).toISOString();
  cluster.put(namespaces, { metadata: { name: 'jobs' }, status: { phase: 'Active' } });
  for (const revision of revisions) cluster.put(controllerRevisions, revision);
  for (const pod of stored) cluster.put(pods, pod);
  cluster.put(runs, { ...run, metadata: { ...run.metadata, creationTimestamp: now } });
  return world;
}

describe('an operator of this version', () => {
  it.each(storedStates())('brings to a good end what %s left', async (_title, state) => {
    const before = state.run.status;
    const w = restore(state);
    w.api.script = (pod) => (/-x\d+$/.test(pod.metadata?.name ?? '') ? 0 : 3);
    w.operator();
    const now = () => w.run('nightly');
    const isOver = () => !now() || (isTerminal(now()?.status?.phase) && !now()?.metadata.finalizers?.length);
    let last: Run | undefined;
    await w.until(() => {
      last = now() ?? last;
      return isOver();
    }, 400);
    await w.clock.advance(20_000);
    w.startedOnce();
    const after = (now() ?? last)?.status;
    // One that was being deleted is gone as soon as it is over.
    if (now()) expect(isTerminal(after?.phase)).toBe(true);
    if (before?.main) expect(after?.main).toEqual(before.main);
    if (isTerminal(before?.phase))
      expect(after).toMatchObject({ phase: before?.phase, attempts: before?.attempts });
    if (before?.exit?.owed) {
      const handlers = [...state.pods, ...w.api.started.map(({ name }) => ({ metadata: { name } }))];
      expect(handlers.map((pod) => pod.metadata?.name)).toContain('nightly-x1');
    }
    for (const pod of state.pods.filter((one) => mainTerminated(one) !== undefined)) {
      const again = w.api.started.filter(({ name }) => name === pod.metadata?.name);
      expect(again, 'what has ended is not started again').toEqual([]);
    }
  });

  it.each(storedStates())('knows for its own what %s left', (_title, state) => {
    world = new OperatorWorld();
    expect(state.pods.filter((pod) => !isOurPod(pod))).toEqual([]);
    expect(state.revisions.filter((revision) => !isOurTemplate(revision))).toEqual([]);
  });
});
