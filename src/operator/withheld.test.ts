import { afterEach, describe, expect, it } from 'vitest';
import { cronOMJobs, omJobs, runs, schedules } from '../actions/resources.ts';
import { ForbiddenError } from '../kube/errors.ts';
import { OperatorWorld } from './testing/operatorWorld.ts';

const OMJOB = 'pipelines.openmetadata.org/v1' as const;
const pod = { image: 'ingestion:1', command: ['true'] };

let world: OperatorWorld;

afterEach(async () => {
  const stopped = Promise.all(world.operators.map((operator) => operator.stop()));
  await world.clock.advance(60_000);
  await stopped;
});

/** An operator whose role does not name these resources. */
function begin(...plurals: string[]): OperatorWorld {
  world = new OperatorWorld();
  world.api.cluster.behaviour.before = (call) =>
    plurals.includes(call.plural) && /list|watch/.test(call.verb)
      ? new ForbiddenError({ message: `listing ${call.plural}: forbidden`, status: 403 })
      : undefined;
  world.operator();
  return world;
}

const grant = () => void (world.api.cluster.behaviour.before = () => undefined);
const ready = () => world.operators[0]?.ready();

const metadata = (name: string) => ({
  name,
  namespace: 'default',
  generation: 1,
  creationTimestamp: new Date(world.clock.now()).toISOString(),
});

function put(kind: string): void {
  const { cluster } = world.api;
  if (kind === 'OMJob')
    cluster.put(omJobs, { apiVersion: OMJOB, kind, metadata: metadata('job'), spec: { mainPodSpec: pod } });
  if (kind === 'CronOMJob')
    cluster.put(cronOMJobs, {
      apiVersion: OMJOB,
      kind,
      metadata: metadata('cron'),
      spec: { schedule: '* * * * *', timeZone: 'UTC', omJobSpec: { mainPodSpec: pod } },
    });
  if (kind === 'Schedule')
    cluster.put(schedules, {
      apiVersion: 'endwell.dev/v1',
      kind,
      metadata: metadata('nightly'),
      spec: {
        cron: '* * * * *',
        run: { spec: { main: { spec: { containers: [{ name: 'main', image: 'a' }] } } } },
      },
    });
}

/** What came of it: runs that nobody submitted, OMJobs that were begun or made. */
function made(): string[] {
  const { cluster } = world.api;
  return [
    ...cluster.objects(runs).filter(({ metadata: { name } }) => name !== 'a'),
    ...cluster.objects(omJobs).filter(({ metadata: { name }, status }) => name !== 'job' || status),
  ].map(({ metadata: { name } }) => name ?? '');
}

describe('an operator whose role is older than a kind', () => {
  it.each([
    ['OMJob', 'omjobs'],
    ['CronOMJob', 'cronomjobs'],
    ['Schedule', 'schedules'],
  ])(
    'leaves %ss alone, says so, does its other work, and sees them once the right is given',
    async (kind, plural) => {
      const w = begin(plural);
      w.submit();
      put(kind);
      await w.untilOver();
      await w.clock.advance(130_000);
      expect(ready()).toMatchObject({ ready: true, problems: [] });
      expect(ready()?.warnings).toEqual([
        `${kind}s are left alone: listing ${plural}: forbidden; a right is missing: ` +
          'grant it to the identity that the message names (the install manifest has them all)',
      ]);
      expect(w.lines.filter((line) => line.includes(`${kind}s are left alone`))).toHaveLength(1);
      expect(made()).toEqual([]);
      grant();
      await w.until(() => made().length > 0, 180);
      expect(ready()).toMatchObject({ ready: true, warnings: [] });
    },
  );

  it('makes nothing of a CronOMJob whose OMJobs it may not see', async () => {
    const w = begin('omjobs');
    put('CronOMJob');
    await w.clock.advance(130_000);
    expect(made()).toEqual([]);
    grant();
    await w.until(() => made().length > 0, 180);
  });
});
