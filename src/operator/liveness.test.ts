import { afterEach, describe, expect, it } from 'vitest';
import { ForbiddenError, ServerError, UnreachableError } from '../kube/errors.ts';
import { OperatorWorld } from './testing/operatorWorld.ts';

const MINUTE_MS = 60_000;

let world: OperatorWorld;
let hangs: (() => void)[] = [];

afterEach(async () => {
  for (const end of hangs.splice(0)) end();
  const stopped = Promise.all(world.operators.map((operator) => operator.stop()));
  await world.clock.advance(MINUTE_MS);
  await stopped;
});

describe('liveness', () => {
  it.each([
    ['can not be reached', new UnreachableError({ message: 'no route', phase: 'connect' })],
    ['answers with errors', new ServerError({ message: 'etcd is away', status: 500 })],
    ['refuses everything', new ForbiddenError({ message: 'forbidden', status: 403 })],
  ])('stays green for half an hour in which the API %s, with and without the lease', async (_what, error) => {
    world = new OperatorWorld();
    world.api.script = () => undefined;
    const operators = [world.operator(), world.operator()];
    world.submit();
    await world.until(() => world.phase() === 'Running');
    world.api.cluster.behaviour.before = () => error;
    world.api.fault = () => error;
    for (let minute = 0; minute < 30; minute += 1) {
      await world.clock.advance(MINUTE_MS);
      expect(operators.map((operator) => operator.live().live)).toEqual([true, true]);
    }
    world.api.cluster.behaviour.before = () => undefined;
    world.api.fault = () => undefined;
    world.api.script = () => 0;
    await world.untilOver('a', 300);
  });

  it('is red for a reconcile that never comes back, though it was told to give up, and not before', async () => {
    world = new OperatorWorld();
    const client = world.api.client();
    world.api.client = () => ({
      ...client,
      create: (resource, object, options) =>
        resource.plural === 'pods'
          ? new Promise((_resolve, reject) => hangs.push(() => reject(new Error('ended'))))
          : client.create(resource, object, options),
    });
    const operator = world.operator();
    world.submit();
    await world.until(() => hangs.length > 0);
    await world.clock.advance(3 * MINUTE_MS);
    expect(operator.live().live).toBe(true);
    await world.clock.advance(2 * MINUTE_MS);
    expect(operator.live()).toMatchObject({ live: false });
    expect(operator.live().problem).toContain('stuck');
  });
});
