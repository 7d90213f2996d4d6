import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
    w.operator(() => isDead);
    await w.operators[0]?.stop();
    w.api.script = (one) => (isDead || one.metadata?.name !== 'z-first-m1' ? 0 : undefined);
    w.submit('z-first', withHandler);
    await w.until(() => w.phase('z-first') === 'Running');
    isDead = true;
    for (let index = 0; index < 200; index += 1) w.submit(`later-${index}`, withHandler);
    w.api.writeMs = 100;
    w.operator();
    await w.until(() => w.pods('exit').some(({ metadata }) => metadata?.name === 'z-first-x1'));
    expect(w.pods('main').length).toBeLessThan(100);
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
