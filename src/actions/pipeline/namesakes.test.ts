import { describe, expect, it } from 'vitest';
import { subjectSelector } from '../../core/naming/pipelineLabels.ts';
import { factsOf, newRevision } from '../../core/pipeline/deployment.ts';
import { readPipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { configMaps, secrets } from '../../kube/resources.ts';
import { settledWithin } from '../../ports/testing/settledWithin.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { FakeApi } from '../testing/fakeApi.ts';
import { deployPipeline } from './deployPipeline.ts';
import { ENGINE_KINDS, type EngineKind, SCHEDULES } from './kinds.ts';
import { removePipeline } from './removePipeline.ts';

function start(engine: EngineKind) {
  const clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const api = new FakeApi(clock);
  const waiting = { clock, random: () => 0.5 };
  const client = api.client();
  const settings = readPipelineSettings({
    namespace: 'default',
    useOMJobOperator: engine === 'guaranteed',
  });
  const settled = <T>(work: Promise<T>) => settledWithin(clock, 60_000, work);
  const deploy = (service: string, name: string, scheduleInterval = '@daily') => {
    const facts = factsOf({
      name,
      fullyQualifiedName: `${service}.${name}`,
      pipelineType: 'metadata',
      sourceConfig: {},
      airflowConfig: { scheduleInterval },
    });
    const place = { ...waiting, client, settings, engines: ENGINE_KINDS };
    return settled(deployPipeline(place, newRevision(facts, 'default', { text: 'a: 1\n' }), 'shown'));
  };
  const remove = (service: string, name: string) => {
    const labelSelector = subjectSelector('pipeline', `${service}.${name}`);
    return settled(
      removePipeline(client, waiting, { namespace: 'default', labelSelector, engines: ENGINE_KINDS }),
    );
  };
  const schedules = () => api.cluster.objects(SCHEDULES[engine]);
  const left = () => [...schedules(), ...api.cluster.objects(secrets), ...api.cluster.objects(configMaps)];
  return { deploy, remove, schedules, left };
}

describe.each(ENGINE_KINDS)('what is deployed for the %s engine', (engine) => {
  it('follows a later deploy: the schedule that is there is changed', async () => {
    const { deploy, schedules } = start(engine);
    await deploy('mysql', 'nightly', '@daily');
    await deploy('mysql', 'nightly', '30 * * * *');
    expect(schedules().map(({ spec }) => spec?.schedule)).toEqual(['30 * * * *']);
  });

  it('goes wholly, however long its name is', async () => {
    const { deploy, remove, left } = start(engine);
    const name = 'a-pipeline-with-a-long-name-'.repeat(4).slice(0, 80);
    await deploy('mysql', name);
    expect(left()).toHaveLength(3);
    expect(await remove('mysql', name)).toEqual([]);
    expect(left()).toEqual([]);
  });

  it('stays when a pipeline of its name in another service goes', async () => {
    const { deploy, remove, left } = start(engine);
    await deploy('mysql', 'nightly');
    const own = left().map(({ metadata }) => metadata?.name);
    await deploy('postgres', 'nightly');
    expect(left()).toHaveLength(6);
    await remove('postgres', 'nightly');
    expect(left().map(({ metadata }) => metadata?.name)).toEqual(own);
  });
});
