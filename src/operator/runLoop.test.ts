import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelRun } from '../actions/cancelRun.ts';
import { events } from '../kube/resources.ts';
import { OperatorWorld } from './testing/operatorWorld.ts';

const pod = { spec: { containers: [{ name: 'main', image: 'busybox', command: ['true'] }] } };
const withHandler = { main: pod, exitHandler: pod };

let w: OperatorWorld;
beforeEach(async () => {
  w = new OperatorWorld();
  w.operator();
  await w.until(() => w.operators[0]?.ready().role === 'leader');
});

afterEach(async () => {
  const stopped = Promise.all(w.operators.map((operator) => operator.stop()));
  await w.clock.advance(60_000);
  await stopped;
});

describe('startRunLoop', () => {
  it('makes the handler of a main that has ended before it starts the runs that came meanwhile', async () => {
    let runsOn = true;
    w.api.script = (one) => (runsOn && one.metadata?.name === 'first-m1' ? undefined : 0);
    w.submit('first', withHandler);
    await w.until(() => w.phase('first') === 'Running');
    w.api.writeMs = 100;
    for (let index = 0; index < 200; index += 1) w.submit(`later-${index}`, withHandler);
    await w.clock.advance(200);
    runsOn = false;
    await w.until(() => w.pods('exit').some(({ metadata }) => metadata?.name === 'first-x1'));
    expect(w.pods('main').length).toBeLessThan(100);
  });

  it('begins a term with the handlers that the one before has left owed', async () => {
    let isDead = false;
    await w.operators[0]?.stop();
    w.operator(() => isDead);
    w.api.script = (one) => (isDead && one.metadata?.name === 'last-m1' ? 0 : undefined);
    const others = Array.from({ length: 100 }, (_, index) => `other-${index}`);
    for (const name of [...others, 'last']) w.submit(name, withHandler);
    await w.until(() => [...others, 'last'].every((name) => w.phase(name) === 'Running'));
    isDead = true;
    w.api.turn();
    const client = w.api.client();
    for (const name of others) await cancelRun(client, { namespace: 'default', name, by: 'somebody' });
    w.api.writeMs = 100;
    const before = w.api.writes.length;
    w.operator();
    await w.until(() => w.pods('exit').some(({ metadata }) => metadata?.name === 'last-x1'));
    expect(w.api.writes.length - before).toBeLessThan(50);
  });

  it('tells of what one write makes true by one Event, and of a handler that was well with the end', async () => {
    w.submit('a', withHandler);
    await w.untilOver();
    await w.clock.settle();
    const told = w.api.cluster.objects(events).filter(({ involvedObject }) => involvedObject.name === 'a');
    expect(told.map(({ reason }) => reason)).toEqual(['Accepted', 'Started', 'Completed', 'Succeeded']);
    expect(told.at(-1)?.message).toContain('exit handler a-x1 ended with exit code 0');
  });

  it('tells of a bad end by its cause and by its verdict', async () => {
    w.api.script = () => 3;
    w.submit('a', { main: pod });
    await w.untilOver();
    await w.clock.settle();
    const told = w.api.cluster.objects(events).filter(({ type }) => type === 'Warning');
    expect(told.map(({ reason }) => reason)).toEqual(['ExitCode', 'Failed']);
  });
});
