import { describe, expect, it } from 'vitest';
import { factsOf, newRevision } from '../../core/pipeline/deployment.ts';
import { readPipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { AbortedError, ForbiddenError } from '../../kube/errors.ts';
import { configMaps, secrets } from '../../kube/resources.ts';
import { settledWithin } from '../../ports/testing/settledWithin.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { FakeApi } from '../testing/fakeApi.ts';
import { deployPipeline, readRecord } from './deployPipeline.ts';
import { endJobs } from './endJobs.ts';
import { type EngineKind, jobs, omJobs, SCHEDULES } from './kinds.ts';
import { listPipelineJobs, stateOf } from './pipelineJobs.ts';
import { removePipeline } from './removePipeline.ts';
import { runNow } from './runPipeline.ts';
import { togglePipeline } from './togglePipeline.ts';

const fqn = 'mysql.nightly';
const ENGINES: readonly EngineKind[] = ['guaranteed', 'native'];

function start() {
  const clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const api = new FakeApi(clock);
  const client = api.client();
  const waiting = { clock, random: () => 0.5 };
  const settingsOf = (engine: EngineKind) =>
    readPipelineSettings({ namespace: 'default', useOMJobOperator: engine === 'guaranteed' });
  const settled = <T>(work: Promise<T>) => settledWithin(clock, 60_000, work);
  const deploy = (engine: EngineKind, change: { text?: string; interval?: string } = {}) => {
    const { text = 'a: 1\n', interval } = change;
    const airflowConfig = interval === undefined ? {} : { scheduleInterval: interval };
    const facts = factsOf({
      name: 'nightly',
      fullyQualifiedName: fqn,
      pipelineType: 'metadata',
      sourceConfig: {},
      airflowConfig,
    });
    const place = { ...waiting, client, settings: settingsOf(engine), engines: ENGINES };
    return settled(deployPipeline(place, newRevision(facts, 'default', { text }), 'shown'));
  };
  const scopeOf = async () => {
    const record = await readRecord(client, 'default', fqn);
    const hash = record?.metadata?.labels?.['endwell.dev/subject'] ?? '';
    return { namespace: 'default', labelSelector: `endwell.dev/subject=${hash}`, engines: ENGINES };
  };
  const schedules = (engine: EngineKind) => api.cluster.objects(SCHEDULES[engine]);
  return { api, client, waiting, settingsOf, settled, deploy, scopeOf, schedules };
}

describe('deployPipeline', () => {
  it.each([
    ['guaranteed', 'native'],
    ['native', 'guaranteed'],
  ] as const)('from %s to %s leaves no schedule of the engine before', async (from, to) => {
    const { deploy, schedules } = start();
    await deploy(from, { interval: '@daily' });
    expect([schedules(from).length, schedules(to).length]).toEqual([1, 0]);
    await deploy(to, { interval: '@daily' });
    expect([schedules(from).length, schedules(to).length]).toEqual([0, 1]);
    expect(schedules(to)[0]?.spec).toMatchObject({ schedule: '0 0 * * *', timeZone: 'UTC', suspend: false });
  });

  it.each([
    ['guaranteed', 'native'],
    ['native', 'guaranteed'],
  ] as const)(
    'that dies anywhere on the way from %s to %s leaves no two schedules that fire, and is made whole by asking again',
    async (from, to) => {
      const { api: whole, deploy: undisturbed } = start();
      await undisturbed(from, { interval: '@daily' });
      const first = whole.writes.length;
      await undisturbed(to, { text: 'b: 2\n', interval: '@daily' });
      expect(whole.writes.length - first).toBeGreaterThan(3);
      for (let cut = first + 1; cut <= whole.writes.length; cut += 1) {
        for (const moment of ['before', 'after'] as const) {
          const { api, deploy, schedules } = start();
          await deploy(from, { interval: '@daily' });
          let isDead = false;
          api.fault = (_write, now) => {
            isDead ||= now === moment && api.writes.length === cut;
            return isDead ? new AbortedError({ message: 'the process is gone' }) : undefined;
          };
          await deploy(to, { text: 'b: 2\n', interval: '@daily' }).catch(() => {});
          const firing = ENGINES.flatMap(schedules).filter(({ spec }) => spec?.suspend !== true);
          expect(firing.length, `write ${cut}, ${moment}`).toBeLessThanOrEqual(1);
          api.fault = () => undefined;
          await deploy(to, { text: 'b: 2\n', interval: '@daily' });
          expect([schedules(from).length, schedules(to).length]).toEqual([0, 1]);
          expect(schedules(to)[0]?.spec?.suspend).toBe(false);
          expect(api.cluster.objects(configMaps)).toHaveLength(1);
        }
      }
    },
  );

  it.each([
    ['guaranteed', 'native'],
    ['native', 'guaranteed'],
  ] as const)(
    'that fails on the way from %s to %s lets the schedule of before fire again',
    async (from, to) => {
      const { api, deploy, schedules } = start();
      await deploy(from, { interval: '@daily' });
      api.fault = ({ plural }, moment) =>
        moment === 'before' && plural === 'configmaps'
          ? new ForbiddenError({ message: 'writing configmaps: forbidden', status: 403 })
          : undefined;
      await expect(deploy(to, { interval: '@daily' })).rejects.toThrow('configmaps');
      expect([schedules(from)[0]?.spec?.suspend, schedules(to)]).toEqual([false, []]);
    },
  );

  it('removes the schedule of a pipeline that runs on demand from now on', async () => {
    const { deploy, schedules } = start();
    await deploy('guaranteed', { interval: '5 4 * * *' });
    await deploy('guaranteed');
    expect(schedules('guaranteed')).toEqual([]);
  });

  it.each(['secrets', 'cronomjobs', 'configmaps'])(
    'brings back what was there before when %s can not be written',
    async (plural) => {
      const { api, deploy, schedules } = start();
      await deploy('guaranteed', { text: 'first\n', interval: '1 1 * * *' });
      const before = {
        secrets: api.cluster.objects(secrets).map(({ metadata }) => metadata?.name),
        records: api.cluster.objects(configMaps).map(({ metadata }) => metadata?.annotations),
        schedules: schedules('guaranteed').map(({ spec }) => spec),
      };
      api.fault = (write, moment) =>
        moment === 'before' && write.plural === plural && write.verb !== 'delete'
          ? new ForbiddenError({ message: `writing ${plural}: forbidden`, status: 403 })
          : undefined;
      await expect(deploy('guaranteed', { text: 'second\n', interval: '2 2 * * *' })).rejects.toThrow(plural);
      expect({
        secrets: api.cluster.objects(secrets).map(({ metadata }) => metadata?.name),
        records: api.cluster.objects(configMaps).map(({ metadata }) => metadata?.annotations),
        schedules: schedules('guaranteed').map(({ spec }) => spec),
      }).toEqual(before);
    },
  );

  it('keeps an old revision that a run still reads until that run is gone', async () => {
    const { api, client, waiting, settingsOf, settled, deploy } = start();
    await deploy('guaranteed', { text: '0\n' });
    const [secret] = api.cluster.objects(secrets);
    const name = secret?.metadata?.name ?? '';
    const subject = { kind: 'pipeline', fqn, pipelineType: 'metadata' } as const;
    const wanted = { subject, runId: 'r', config: { kind: 'revision', secret: name } } as const;
    await settled(runNow({ ...waiting, client, settings: settingsOf('guaranteed') }, wanted));
    for (const text of ['1\n', '2\n', '3\n']) await deploy('guaranteed', { text });
    const kept = api.cluster.objects(secrets).find(({ metadata }) => metadata?.name === name);
    expect(kept?.metadata?.ownerReferences).toMatchObject([{ kind: 'OMJob' }]);
    expect(api.cluster.objects(secrets)).toHaveLength(4);
  });
});

describe('togglePipeline', () => {
  it.each(ENGINES)('sets the state of a %s schedule, however often it is asked', async (engine) => {
    const { client, waiting, settled, deploy, scopeOf, schedules } = start();
    await deploy(engine, { interval: '@hourly' });
    const scope = await scopeOf();
    for (const state of ['disabled', 'disabled', 'enabled', 'enabled'] as const) {
      expect(await settled(togglePipeline(client, waiting, scope, state))).toBe(state);
      expect(schedules(engine)[0]?.spec?.suspend).toBe(state === 'disabled');
    }
  });
});

describe('endJobs', () => {
  it('deletes a Job with its pods, and cancels an OMJob so that its record stays', async () => {
    const { api, client, waiting, settingsOf, settled, deploy, scopeOf } = start();
    await deploy('guaranteed');
    const subject = { kind: 'pipeline', fqn, pipelineType: 'metadata' } as const;
    const config = { kind: 'revision', secret: 's' } as const;
    for (const [index, engine] of ENGINES.entries()) {
      const place = { ...waiting, client, settings: settingsOf(engine) };
      await settled(runNow(place, { subject, config, runId: `${index}0000000` }));
    }
    const live = await listPipelineJobs(client, await scopeOf());
    expect(live.map(stateOf)).toEqual(['Unknown', 'Unknown']);
    await endJobs(client, live, { by: 'ada', reason: 'enough' });
    expect(api.cluster.objects(jobs)).toEqual([]);
    expect(api.cluster.objects(omJobs)[0]?.metadata.annotations).toMatchObject({
      'endwell.dev/cancelled-by': 'ada',
      'endwell.dev/cancel-reason': 'enough',
    });
  });
});

describe('removePipeline', () => {
  it('leaves nothing of either engine', async () => {
    const { api, client, waiting, settled, deploy, scopeOf, schedules } = start();
    await deploy('native', { interval: '@daily' });
    const scope = await scopeOf();
    expect(await settled(removePipeline(client, waiting, scope))).toEqual([]);
    expect([
      ...schedules('native'),
      ...api.cluster.objects(secrets),
      ...api.cluster.objects(configMaps),
    ]).toEqual([]);
  });

  it.each([
    ['guaranteed', 'native'],
    ['native', 'guaranteed'],
  ] as const)('from %s to %s and away leaves nothing, with a run of each alive', async (from, to) => {
    const { api, client, waiting, settingsOf, settled, deploy, scopeOf, schedules } = start();
    const subject = { kind: 'pipeline', fqn, pipelineType: 'metadata' } as const;
    for (const [index, engine] of [from, to].entries()) {
      await deploy(engine, { text: `${engine}\n`, interval: '@daily' });
      const [secret] = api.cluster.objects(secrets).toReversed();
      const config = { kind: 'revision', secret: secret?.metadata?.name ?? '' } as const;
      const wanted = { subject, config, runId: `${index}0000000` };
      await settled(runNow({ ...waiting, client, settings: settingsOf(engine) }, wanted));
    }
    const scope = await scopeOf();
    expect((await listPipelineJobs(client, scope)).map(({ engine }) => engine).toSorted()).toEqual(ENGINES);
    expect(await settled(removePipeline(client, waiting, scope))).toEqual([]);
    const runs = [...api.cluster.objects(jobs), ...api.cluster.objects(omJobs)];
    expect([...runs, ...ENGINES.flatMap(schedules), ...api.cluster.objects(configMaps)]).toEqual([]);
    const owners = api.cluster.objects(secrets).flatMap(({ metadata }) => metadata?.ownerReferences ?? []);
    expect(owners, 'each Secret goes with the run that reads it').toHaveLength(
      api.cluster.objects(secrets).length,
    );
  });

  it('says what could not be deleted, and keeps configuration while runs may be there', async () => {
    const { api, client, waiting, settled, deploy, scopeOf } = start();
    await deploy('guaranteed', { interval: '@daily' });
    const scope = await scopeOf();
    api.fault = ({ plural, verb }, moment) =>
      moment === 'before' && verb === 'delete' && plural === 'cronomjobs'
        ? new ForbiddenError({ message: 'deleting cronomjobs: forbidden', status: 403 })
        : undefined;
    const problems = await settled(removePipeline(client, waiting, scope));
    expect(problems).toEqual(['deleting cronomjobs: forbidden']);
    expect(api.cluster.objects(secrets)).toHaveLength(1);
  });
});
