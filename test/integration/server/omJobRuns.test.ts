import { afterEach, describe, expect, it } from 'vitest';
import { omJobs } from '../../../src/actions/resources.ts';
import type { OMJob, OMJobSpec } from '../../../src/core/omjob/omJob.ts';
import type { Phase } from '../../../src/core/run/run.ts';
import { eventually } from '../../support/eventually.ts';
import { createOMJob, omJobWhen, shellPart } from '../../support/omJob.ts';
import { endwell } from './cliUnderTest.ts';
import { shellRun, useServer } from './serverUnderTest.ts';

const server = useServer('with operator');
const FQN = 'pg.daily';
const subject = [{ name: 'ingestionPipelineFQN', value: FQN }];
const long: OMJobSpec = {
  mainPodSpec: shellPart('echo begun; sleep 600', { env: subject }),
  exitHandlerSpec: shellPart('echo handled'),
};
const short: OMJobSpec = {
  mainPodSpec: shellPart('echo work; exit 3', { env: subject }),
  exitHandlerSpec: shellPart('echo handled'),
};

const ofOMJob = (namespace: string) => ({
  params: { name: 'job' },
  query: { namespace, kind: 'OMJob' as const },
});

async function start(spec: OMJobSpec, phase: Phase): Promise<string> {
  const namespace = await server().namespace();
  await createOMJob(server().client, { namespace }, spec);
  const isThere = ({ status }: OMJob) => status?.endwell?.phase === phase;
  await omJobWhen(server().client, { namespace, name: 'job' }, isThere, `is ${phase}`);
  return namespace;
}

/** A command, in the namespace. */
const say = (namespace: string, ...argv: string[]) => endwell(server(), [...argv, '--namespace', namespace]);

afterEach(() => server().cluster.denied.clear());

describe('an OMJob, as the run that it is', () => {
  it('is got, explained, read and shown by omjob/NAME once it has ended', async () => {
    const namespace = await start(short, 'Failed');
    const got = await say(namespace, 'run', 'get', 'omjob/job');
    expect(got.out, got.err).toMatch(/^omjob\/job +Failed +ExitCode .*pipeline\/pg\.daily +1 +Succeeded/m);
    const explained = await say(namespace, 'run', 'explain', 'omjob/job');
    expect([explained.code, explained.out], explained.err).toEqual([
      0,
      expect.stringMatching(/^job: Failed, ExitCode\n/),
    ]);
    expect((await say(namespace, 'run', 'logs', 'omjob/job')).out).toBe('work\n');
    expect((await say(namespace, 'run', 'logs', 'omjob/job', '--follow')).out).toBe('work\n');
    expect((await say(namespace, 'run', 'logs', 'omjob/job', '--stage', 'exit')).out).toBe('handled\n');
    expect((await say(namespace, 'run', 'evidence', 'omjob/job')).out).toContain('job-main (main, attempt 1');
    expect(await say(namespace, 'queue', 'explain', 'omjob/job')).toMatchObject({
      code: 0,
      out: expect.stringContaining('it has ended: Failed') as string,
    });
    const watched = await say(namespace, 'run', 'watch', 'omjob/job');
    expect([watched.code, watched.out], watched.err).toEqual([1, expect.stringContaining('run Failed')]);
  });

  it('is cancelled once: its handler runs, and it keeps who asked', async () => {
    const namespace = await start(long, 'Running');
    const first = await say(namespace, 'run', 'cancel', 'omjob/job', '--reason', 'not needed', '--wait');
    expect([first.code, first.out], first.err).toEqual([
      0,
      expect.stringMatching(/^OMJob job is being cancelled \(asked by ada\)\n/),
    ]);
    const again = await server().api.call('cancelRun', { ...ofOMJob(namespace), body: { reason: 'again' } });
    expect(again.body.spec.cancel).toEqual({ by: 'ada', reason: 'not needed' });
    const { status } = await server().client.get(omJobs, { namespace, name: 'job' });
    expect(status).toMatchObject({ phase: 'Failed', mainReason: 'Cancelled', exitHandlerExitCode: 0 });
    expect((await say(namespace, 'run', 'cancel', 'omjob/job')).out).toBe(
      'OMJob job has ended already: Cancelled\n',
    );
  });

  it('is deleted: its handler runs, then it goes', async () => {
    const namespace = await start(long, 'Running');
    const said = await say(namespace, 'run', 'delete', 'omjob/job');
    expect([said.code, said.out]).toEqual([0, expect.stringMatching(/^OMJob job is being deleted/)]);
    await eventually(
      async () => (await server().client.list(omJobs, { namespace })).items.length === 0,
      'the OMJob to go',
    );
  });

  it.each(['retry', 'resubmit'])('is not made again by %s, which says what to do instead', async (verb) => {
    const namespace = await start(short, 'Failed');
    const { code, err } = await say(namespace, 'run', verb, 'omjob/job');
    expect([code, err]).toEqual([3, expect.stringContaining("endwell pipeline run 'pg.daily'")]);
    expect(err).toMatch(/^endwell: OMJob job stands for one run of its pipeline, .*\n$/);
    expect((await server().client.list(omJobs, { namespace })).items).toHaveLength(1);
  });
});

describe('a Run and an OMJob of one name', () => {
  it('are listed, read and ended each by its own name', async () => {
    const namespace = await start(long, 'Running');
    const { api } = server();
    await api.call('submitRun', { query: { namespace }, body: shellRun('job', 'sleep 600') });
    const list = async (...argv: string[]) =>
      (await say(namespace, 'run', 'list', '-o', 'name', ...argv)).out.trim().split('\n').sort();
    const [ofRun, ofJob] = ['run.endwell.dev/job', 'omjob.pipelines.openmetadata.org/job'];
    await eventually(async () => (await list()).length === 2, 'both to be listed');
    expect(await list()).toEqual([ofJob, ofRun]);
    expect(await list('--kind', 'Run')).toEqual([ofRun]);
    expect(await list('--kind', 'OMJob')).toEqual([ofJob]);
    const pages = [];
    let cursor: string | null = null;
    do {
      const at: { cursor?: string } = cursor === null ? {} : { cursor };
      const { body } = await api.call('listRuns', { query: { namespace, limit: 1, ...at } });
      pages.push(...body.items.map(({ kind }) => kind));
      cursor = body.nextCursor;
    } while (cursor !== null);
    expect(pages.sort()).toEqual(['OMJob', 'Run']);
    await say(namespace, 'run', 'cancel', ofRun, '--wait');
    expect((await api.call('getRun', ofOMJob(namespace))).body).toMatchObject({
      kind: 'OMJob',
      status: { phase: 'Running' },
    });
    await say(namespace, 'run', 'delete', ofJob);
  });

  it('one that is asked for by the name of the other is not found, and its own name is told', async () => {
    const namespace = await start(short, 'Failed');
    for (const verb of ['get', 'cancel', 'delete', 'logs', 'explain']) {
      const { code, err } = await say(namespace, 'run', verb, 'job');
      expect([code, err]).toEqual([
        1,
        expect.stringMatching(/^endwell: run job does not exist in .*: omjob\/job, over HTTP \?kind=OMJob/),
      ]);
    }
    expect((await say(namespace, 'run', 'get', 'pod/x')).code).toBe(2);
  });
});

describe('without a right on OMJobs', () => {
  it.each([
    ['get omjobs', ['get', 'omjob/job']],
    ['get omjobs', ['logs', 'omjob/job']],
    ['patch omjobs', ['cancel', 'omjob/job']],
    ['delete omjobs', ['delete', 'omjob/job']],
    ['watch omjobs', ['watch', 'omjob/job']],
    ['list omjobs', ['list', '--kind', 'OMJob']],
  ])('%s: %s is refused and names it', async (right, argv) => {
    const namespace = await server().namespace();
    server().cluster.denied.add(right);
    const { code, err } = await say(namespace, 'run', ...argv);
    expect([code, err]).toEqual([1, expect.stringContaining(`may not ${right}.`)]);
  });

  it('what lists all runs leaves them out, and nothing tells that one has a name', async () => {
    const namespace = await start(short, 'Failed');
    for (const right of ['list omjobs', 'get omjobs']) server().cluster.denied.add(right);
    expect((await say(namespace, 'run', 'list')).err).toContain('No runs found');
    expect((await say(namespace, 'run', 'get', 'job')).err).not.toContain('OMJob');
  });

  it('a subject kill ends Runs alone, and says so', async () => {
    const namespace = await server().namespace();
    server().cluster.denied.add('patch omjobs');
    const said = await say(namespace, 'subject', 'kill', `pipeline/${FQN}`);
    expect([said.code, said.err]).toEqual([
      0,
      expect.stringMatching(/^OMJobs were not looked at: ada may not patch omjobs\./),
    ]);
  });
});

describe('endwell subject kill', () => {
  it('ends the OMJobs of a pipeline, and tells how each ended', async () => {
    const namespace = await start(long, 'Running');
    const killed = await say(namespace, 'subject', 'kill', `pipeline/${FQN}`);
    expect(killed, killed.err).toEqual({
      code: 0,
      out: 'ended 1 run of pipeline/pg.daily\n',
      err: 'ending OMJob job (Running)\nOMJob job has ended: Cancelled, SubjectKilled\n',
    });
  });
});
