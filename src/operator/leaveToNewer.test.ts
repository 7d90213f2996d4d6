import { afterEach, describe, expect, it } from 'vitest';
import { runs } from '../actions/resources.ts';
import type { Run } from '../core/run/run.ts';
import { events } from '../kube/resources.ts';
import { OperatorWorld } from './testing/operatorWorld.ts';

let world: OperatorWorld;

afterEach(async () => {
  const stopped = Promise.all(world.operators.map((operator) => operator.stop()));
  await world.clock.advance(60_000);
  await stopped;
});

/** A run as a newer version may have stored it. */
function put(change: (run: Run) => object): void {
  world.submit();
  const run = world.run();
  if (run) world.api.cluster.put(runs, { ...run, ...change(run) });
}

describe('an operator that finds a run which only a newer version understands', () => {
  const strange: [string, (run: Run) => object][] = [
    ['a later format', () => ({ status: { phase: 'Queued', revision: 1, format: 2 } })],
    ['an unknown phase', () => ({ status: { phase: 'Paused', revision: 7 } })],
    ['an unknown field', (run) => ({ spec: { ...run.spec, mood: 'good' } })],
  ];

  it.each(strange)('leaves it alone for %s, and says so once', async (_what, change) => {
    world = new OperatorWorld();
    put(change);
    const before = JSON.stringify(world.run());
    world.operator();
    await world.until(() => world.operators[0]?.ready().role === 'leader');
    await world.clock.advance(600_000);
    expect(JSON.stringify(world.run())).toBe(before);
    expect(world.pods()).toEqual([]);
    const told = world.api.cluster.objects(events).map((event) => [event.reason, event.count ?? 1]);
    expect(told).toEqual([['WrittenByNewerVersion', 1]]);
    expect(world.lines.filter((line) => line.includes('left alone'))).toHaveLength(1);
    expect(await world.metrics.text()).toContain('endwell_runs_left_to_newer_total 1');
  });

  it('goes on with it once it says nothing strange any more, and with all other runs meanwhile', async () => {
    world = new OperatorWorld();
    put(() => ({ status: { phase: 'Paused', revision: 7 } }));
    world.submit('b');
    world.operator();
    await world.untilOver('b');
    const run = world.run();
    if (run)
      world.api.cluster.put(runs, {
        ...run,
        status: { phase: 'Queued', revision: 8, conditions: [], attempts: [], timeline: {} },
      });
    await world.untilOver();
    expect(world.phase()).toBe('Succeeded');
  });
});
