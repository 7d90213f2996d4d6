import { omJobs } from '../../../src/actions/resources.ts';
import type { OMJobSpec } from '../../../src/core/omjob/omJob.ts';
import type { RunSpec } from '../../../src/core/run/run.ts';
import { onePod, startWorld, type World } from '../../integration/operator/world.ts';
import type { Bench } from '../benches.ts';

const WRITES = ['create', 'update', 'patch', 'delete'];
/** Not of a run: Events, and what is written once for many runs. */
const APART = ['events', 'controllerrevisions', 'namespaces'];

/** What the operator writes for one run, Events and lease apart. */
export const writes: Bench = {
  name: 'writes',
  async measure() {
    const world = await startWorld();
    const operator = world.operator();
    await world.until('the operator leads', async () => operator.ready().role === 'leader');
    const handled = await writesOf(world, 'handled', { main: onePod, exitHandler: onePod });
    const plain = await writesOf(world, 'plain', { main: onePod });
    const omJob = await writesOfOMJob(world);
    await world.stop();
    return [
      { what: 'API writes of a run with a handler', value: String(handled), aim: '≤ 9' },
      { what: 'API writes of a run without one', value: String(plain), aim: '≤ 7' },
      // Whoever posts one as OpenMetadata's client does sets no finalizer.
      {
        what: 'API writes of an OMJob with a handler, as kubectl makes it',
        value: String(omJob),
        aim: '≤ 10',
      },
    ];
  },
};

/** Of the second run of its kind: the first also stores the template. */
async function writesOf(world: World, name: string, spec: RunSpec): Promise<number> {
  await world.submit(`${name}-first`, spec);
  await world.ended(`${name}-first`);
  const before = paid(world);
  await world.submit(name, spec);
  await world.ended(name);
  return paid(world) - before;
}

async function writesOfOMJob(world: World): Promise<number> {
  await liveOMJob(world, 'omjob-first');
  const before = paid(world);
  await liveOMJob(world, 'omjob');
  return paid(world) - before;
}

async function liveOMJob(world: World, name: string): Promise<void> {
  const pod = { image: 'scripted', command: ['true'] };
  const spec: OMJobSpec = { mainPodSpec: pod, exitHandlerSpec: pod };
  await world.client.create(omJobs, {
    apiVersion: 'pipelines.openmetadata.org/v1',
    kind: 'OMJob',
    metadata: { name, namespace: 'jobs' },
    spec,
  });
  await world.until('the OMJob has ended and is let go', async () => {
    const { status, metadata } = await world.client.get(omJobs, { namespace: 'jobs', name });
    return status?.phase === 'Succeeded' && !metadata.finalizers?.length;
  });
}

function paid(world: World): number {
  return world.requests.filter(({ verb, resource }) => WRITES.includes(verb) && !APART.includes(resource))
    .length;
}
