import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { afterEach, describe, expect, it } from 'vitest';
import { freezeTemplate } from '../../actions/freezeTemplate.ts';
import { runs } from '../../actions/resources.ts';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { exitPod } from '../../core/manifest/exitPod.ts';
import { mainPod } from '../../core/manifest/mainPod.ts';
import { ANNOTATION, LABEL } from '../../core/naming/naming.ts';
import { resolveTemplate } from '../../core/profile/resolveTemplate.ts';
import type { Run, RunTemplate } from '../../core/run/run.ts';
import { initialStatus } from '../../core/run/status.ts';
import { SWEEP_GRACE_MS } from '../../core/sweep/sweepMark.ts';
import { aRun } from '../../core/testing/aRun.ts';
import { controllerRevisions, pods } from '../../kube/resources.ts';
import type { KubeObject, Resource } from '../../kube/types.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { createLogger } from '../../telemetry/logger.ts';
import { createOperatorMetrics } from '../../telemetry/metrics.ts';
import { Templates } from '../templates.ts';
import { createWatches } from '../watches.ts';
import { SWEEP_EVERY_MS, type Sweeper, type SweeperParts, startSweeper } from './startSweeper.ts';

/** A cluster in virtual time, and sweepers on it. */
class World {
  readonly clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  readonly api = new FakeApi(this.clock);
  readonly client = this.api.client();
  readonly lines: string[] = [];
  readonly metrics = createOperatorMetrics();
  readonly sweepers: { sweeper: Sweeper; watches: SweeperParts['watches'] }[] = [];
  leads = true;

  async sweeper(change: Partial<SweeperParts> = {}): Promise<Sweeper> {
    const { client, clock } = this;
    const random = () => 0.5;
    const ignore = { onRun() {}, onPodGone() {}, onDefect() {} };
    const watches = createWatches({ client, clock, random, watchNamespaces: [] }, ignore);
    const sweeper = startSweeper({
      client,
      clock,
      random,
      log: createLogger({ level: 'debug', clock, write: (line) => void this.lines.push(line) }),
      metrics: this.metrics,
      watches,
      templates: new Templates({ client, clock, mode: 'act' }),
      mayAct: () => this.leads,
      watchNamespaces: [],
      isEvidenceStored: undefined,
      ...change,
    });
    this.sweepers.push({ sweeper, watches });
    watches.start();
    await clock.settle();
    sweeper.beginTerm();
    return sweeper;
  }

  names(resource: Resource<KubeObject>): (string | undefined)[] {
    return this.api.cluster.objects(resource).map(({ metadata }) => metadata?.name);
  }

  marks(resource: Resource<KubeObject>): (string | undefined)[] {
    return this.api.cluster
      .objects(resource)
      .map(({ metadata }) => metadata?.annotations?.[ANNOTATION.sweepAfter]);
  }

  put(pod: Pod, phase?: string, change: Partial<Pod['metadata']> = {}): Pod {
    const metadata = { ...pod.metadata, ownerReferences: [], finalizers: [], ...change };
    return this.api.cluster.put(pods, {
      ...pod,
      metadata,
      ...(phase === undefined ? {} : { status: { phase } }),
    });
  }
}

const RUN = aRun().withHandler().withStatus(initialStatus()).build();

function templateOf(run: Run): RunTemplate {
  const { template, invalid } = resolveTemplate(run);
  if (template === undefined) throw new Error(invalid);
  return template;
}

let world: World;
const begin = () => {
  world = new World();
  return world;
};

afterEach(async () => {
  for (const { sweeper, watches } of world.sweepers) {
    await sweeper.endTerm();
    await watches.stop();
  }
});

/** Long enough for a round at any jitter. */
const A_ROUND_MS = 1.3 * SWEEP_EVERY_MS;

describe('startSweeper, for templates', () => {
  const freeze = (w: World) => freezeTemplate(w.client, 'team', templateOf(RUN));

  it('marks one that no run names, and deletes it after its grace', async () => {
    const w = begin();
    await freeze(w);
    await w.sweeper();
    await w.clock.advance(A_ROUND_MS);
    const [mark] = w.marks(controllerRevisions);
    expect(Date.parse(mark ?? '')).toBeGreaterThan(w.clock.now() + SWEEP_GRACE_MS - A_ROUND_MS);
    await w.clock.advance(SWEEP_GRACE_MS - A_ROUND_MS);
    expect(w.names(controllerRevisions)).toHaveLength(1);
    await w.clock.advance(2 * A_ROUND_MS);
    expect(w.names(controllerRevisions)).toEqual([]);
    expect(await w.metrics.text()).toContain(
      'endwell_swept_total{kind="ControllerRevision",act="deleted"} 1',
    );
  });

  it('never touches one that a run names, be that long over', async () => {
    const w = begin();
    const template = await freeze(w);
    w.api.cluster.put(runs, { ...RUN, status: { ...initialStatus(), phase: 'Succeeded', template } });
    await w.sweeper();
    await w.clock.advance(3 * SWEEP_GRACE_MS);
    expect(w.marks(controllerRevisions)).toEqual([undefined]);
  });

  it('takes the mark off as soon as a run names it', async () => {
    const w = begin();
    const template = await freeze(w);
    await w.sweeper();
    await w.clock.advance(A_ROUND_MS);
    expect(w.marks(controllerRevisions)).not.toEqual([undefined]);
    w.api.cluster.put(runs, { ...RUN, status: { ...initialStatus(), template } });
    await w.clock.advance(A_ROUND_MS);
    expect(w.marks(controllerRevisions)).toEqual([undefined]);
  });

  it('does not delete one that is being relied on just then: freezing takes its mark off', async () => {
    const w = begin();
    await freeze(w);
    await w.sweeper();
    await w.clock.advance(SWEEP_GRACE_MS);
    // Between the sweeper's look at the runs and its delete another worker accepts a run of that template.
    const { fault } = w.api;
    let isFrozen = false;
    w.api.fault = (write, moment) => {
      if (write.verb === 'delete' && moment === 'before' && !isFrozen) {
        isFrozen = true;
        const [revision] = w.api.cluster.objects(controllerRevisions);
        const { annotations: _mark, ...metadata } = revision?.metadata ?? {};
        if (revision) w.api.cluster.put(controllerRevisions, { ...revision, metadata });
      }
      return fault(write, moment);
    };
    await w.clock.advance(2 * A_ROUND_MS);
    expect(isFrozen).toBe(true);
    expect(w.names(controllerRevisions)).toHaveLength(1);
  });

  it('does not believe its cache, when that shows no run', async () => {
    const w = begin();
    const template = await freeze(w);
    const watches = (await w.sweeper(), w.sweepers[0]?.watches);
    await w.sweepers[0]?.sweeper.endTerm();
    if (!watches) throw new Error('no watches');
    w.api.cluster.put(runs, { ...RUN, status: { ...initialStatus(), template } });
    await w.sweeper({ watches: { ...watches, runs: () => [] } });
    await w.clock.advance(3 * SWEEP_GRACE_MS);
    expect(w.names(controllerRevisions)).toHaveLength(1);
  });

  it('leaves alone what has our label and is not ours, and says so', async () => {
    const w = begin();
    const name = await freeze(w);
    const [ours] = w.api.cluster.objects(controllerRevisions);
    if (!ours) throw new Error('no revision');
    w.api.cluster.remove(controllerRevisions, { namespace: 'team', name });
    w.api.cluster.put(controllerRevisions, { ...ours, metadata: { ...ours.metadata, name: 'mine' } });
    await w.sweeper();
    await w.clock.advance(3 * SWEEP_GRACE_MS);
    expect(w.names(controllerRevisions)).toEqual(['mine']);
    expect(w.marks(controllerRevisions)).toEqual([undefined]);
    expect(w.lines.join('')).toContain('it is not ours');
    expect(await w.metrics.text()).toContain('endwell_sweep_left 1');
  });

  it('goes on where another leader stopped, be its clock wrong or its process dead between two writes', async () => {
    const w = begin();
    await freeze(w);
    const first = await w.sweeper();
    await w.clock.advance(A_ROUND_MS);
    await first.endTerm();
    const [mark] = w.marks(controllerRevisions);
    await w.clock.advance(SWEEP_GRACE_MS / 2);
    await w.sweeper();
    await w.clock.advance(A_ROUND_MS);
    expect(w.marks(controllerRevisions)).toEqual([mark]);
    await w.clock.advance(SWEEP_GRACE_MS);
    expect(w.names(controllerRevisions)).toEqual([]);
  });

  it('marks anew what a wrong clock marked for a day far off, and what is no time at all', async () => {
    const w = begin();
    await freeze(w);
    for (const value of ['2040-01-01T00:00:00Z', 'soon']) {
      const [revision] = w.api.cluster.objects(controllerRevisions);
      if (!revision) throw new Error('no revision');
      const metadata = { ...revision.metadata, annotations: { [ANNOTATION.sweepAfter]: value } };
      w.api.cluster.put(controllerRevisions, { ...revision, metadata });
      await (await w.sweeper()).endTerm();
      await w.sweeper();
      await w.clock.advance(A_ROUND_MS);
      expect(Date.parse(w.marks(controllerRevisions)[0] ?? '')).toBeLessThan(w.clock.now() + SWEEP_GRACE_MS);
    }
  });

  it('writes nothing any more once its time is over, though nobody told it', async () => {
    const w = begin();
    await freeze(w);
    await w.sweeper();
    w.leads = false;
    await w.clock.advance(3 * SWEEP_GRACE_MS);
    expect(w.marks(controllerRevisions)).toEqual([undefined]);
  });

  it('is held up by no failure for longer than a round', async () => {
    const w = begin();
    await freeze(w);
    let failures = 3;
    w.api.cluster.behaviour.before = ({ plural, verb }) =>
      plural === 'controllerrevisions' && verb === 'list' && failures-- > 0 ? new Error('500') : undefined;
    await w.sweeper();
    await w.clock.advance(5 * A_ROUND_MS);
    expect(w.marks(controllerRevisions)).not.toEqual([undefined]);
    expect(w.lines.join('')).toContain('"failures":1');
  });
});

describe('startSweeper, for pods', () => {
  const main = mainPod(RUN, templateOf(RUN), 1);
  const exit = exitPod(RUN, templateOf(RUN), 1);

  it('deletes those whose run is gone once they have ended or never started, after their grace', async () => {
    const w = begin();
    w.put(main);
    w.put(exit, 'Succeeded');
    await w.sweeper();
    await w.clock.advance(SWEEP_GRACE_MS);
    expect(w.names(pods)).toHaveLength(2);
    await w.clock.advance(2 * A_ROUND_MS);
    expect(w.names(pods)).toEqual([]);
  });

  it('never touches a pod whose run is there: it is wanted, be it Pending for ever', async () => {
    const w = begin();
    w.api.cluster.put(runs, { ...RUN });
    w.put(main);
    await w.sweeper();
    await w.clock.advance(3 * SWEEP_GRACE_MS);
    expect(w.marks(pods)).toEqual([undefined]);
  });

  it('does not believe its cache, when that shows no run', async () => {
    const w = begin();
    w.put(main);
    await w.sweeper();
    const watches = w.sweepers[0]?.watches;
    if (!watches) throw new Error('no watches');
    await w.sweepers[0]?.sweeper.endTerm();
    w.api.cluster.put(runs, { ...RUN });
    await w.sweeper({ watches: { ...watches, run: () => undefined } });
    await w.clock.advance(3 * SWEEP_GRACE_MS);
    expect(w.marks(pods)).toEqual([undefined]);
  });

  it('leaves a pod alone while a container of it runs, says so, and sweeps it once it has ended', async () => {
    const w = begin();
    const pod = w.put(main, 'Running');
    await w.sweeper();
    await w.clock.advance(2 * SWEEP_GRACE_MS);
    expect(w.marks(pods)).toEqual([undefined]);
    expect(w.lines.join('')).toContain('a container of it runs');
    w.put(pod, 'Failed');
    await w.clock.advance(2 * SWEEP_GRACE_MS);
    expect(w.names(pods)).toEqual([]);
  });

  it('does not delete one that started just then', async () => {
    const w = begin();
    w.put(main);
    await w.sweeper();
    await w.clock.advance(SWEEP_GRACE_MS);
    let hasStarted = false;
    w.api.fault = (write, moment) => {
      if (write.verb === 'delete' && moment === 'before' && !hasStarted) {
        hasStarted = true;
        const [pod] = w.api.cluster.objects(pods);
        if (pod) w.api.cluster.put(pods, { ...pod, status: { phase: 'Running' } });
      }
      return undefined;
    };
    await w.clock.advance(3 * A_ROUND_MS);
    expect(hasStarted).toBe(true);
    expect(w.names(pods)).toHaveLength(1);
  });

  it('takes its finalizer off at once, though nothing else happens to the pod', async () => {
    const w = begin();
    w.put(main, 'Running', { finalizers: ['endwell.dev/outcome', 'other'] });
    await w.sweeper();
    await w.clock.advance(A_ROUND_MS);
    expect(w.api.cluster.objects(pods)[0]?.metadata?.finalizers).toEqual(['other']);
  });

  it.each([
    ['under another name', { name: 'copy' }],
    ['in another namespace', { namespace: 'other' }],
    ['without the name of a run', { labels: { [LABEL.runUid]: 'u' } }],
  ])('leaves alone the copy that somebody made of one %s', async (_where, change) => {
    const w = begin();
    w.put(main, 'Succeeded', change);
    await w.sweeper();
    await w.clock.advance(3 * SWEEP_GRACE_MS);
    expect(w.marks(pods)).toEqual([undefined]);
    expect(w.lines.join('')).toContain('not');
  });

  it('waits until the evidence of a pod is stored', async () => {
    const w = begin();
    w.put(main, 'Succeeded');
    let isStored = false;
    await w.sweeper({ isEvidenceStored: () => isStored });
    await w.clock.advance(3 * SWEEP_GRACE_MS);
    expect(w.names(pods)).toHaveLength(1);
    isStored = true;
    await w.clock.advance(2 * SWEEP_GRACE_MS);
    expect(w.names(pods)).toEqual([]);
  });
});
