import { describe, expect, it } from 'vitest';
import { readPipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { AbortedError, AnswerLostError, ForbiddenError, ServerError } from '../../kube/errors.ts';
import { secrets } from '../../kube/resources.ts';
import type { KubeObject, Resource } from '../../kube/types.ts';
import { settledWithin } from '../../ports/testing/settledWithin.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { FakeApi } from '../testing/fakeApi.ts';
import { type EngineKind, jobs, omJobs } from './kinds.ts';
import { runNow, type WantedRun } from './runPipeline.ts';

const RUN_ID = '5c1f2f0e-0000-4000-8000-000000000001';
const ENGINES: readonly EngineKind[] = ['guaranteed', 'native'];
const SUBJECTS = [
  { kind: 'pipeline', fqn: 'mysql.nightly', pipelineType: 'metadata' },
  { kind: 'automation', fqn: 'test-connection-1' },
] as const;

function start(engine: EngineKind, subject: WantedRun['subject']) {
  const clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const api = new FakeApi(clock);
  const settings = readPipelineSettings({ namespace: 'default', useOMJobOperator: engine === 'guaranteed' });
  const config = { kind: 'own', configuration: { text: 'a: 1\n' } } as const;
  const run = (isDead: () => boolean = () => false) => {
    const place = { clock, random: () => 0.5, client: api.client(isDead), settings };
    return settledWithin(clock, 60_000, runNow(place, { subject, runId: RUN_ID, config }));
  };
  const resource: Resource<KubeObject> = engine === 'guaranteed' ? omJobs : jobs;
  const made = () => api.cluster.objects(resource);
  const stored = () => api.cluster.objects(secrets);
  /** Secrets that the garbage collector would not take with a run. */
  const orphans = () => {
    const runs = new Set(made().map(({ metadata }) => metadata?.uid));
    return stored().filter(
      ({ metadata }) => !metadata?.ownerReferences?.some(({ uid }) => runs.has(uid ?? '')),
    );
  };
  return { api, run, made, stored, orphans };
}

const cases = ENGINES.flatMap((engine) => SUBJECTS.map((subject) => ({ engine, subject })));

describe('runNow', () => {
  describe.each(cases)('of $subject.kind on the $engine engine', ({ engine, subject }) => {
    it('makes a run, and a Secret that belongs to it', async () => {
      const { api, run, made, stored, orphans } = start(engine, subject);
      const { jobName } = await run();
      expect(made().map(({ metadata }) => metadata?.name)).toEqual([jobName]);
      expect(stored().map(({ metadata }) => metadata?.name)).toEqual([jobName]);
      expect(orphans()).toEqual([]);
      expect(api.writes.filter(({ dryRun }) => !dryRun)).toHaveLength(2);
    });

    it('leaves no Secret of its own wherever its process dies, and is made whole by asking again', async () => {
      const { api: whole, run: undisturbed } = start(engine, subject);
      await undisturbed();
      for (let cut = 1; cut <= whole.writes.length; cut += 1) {
        for (const moment of ['before', 'after'] as const) {
          const { api, run, made, stored, orphans } = start(engine, subject);
          let isDead = false;
          api.fault = (_write, now) => {
            isDead ||= now === moment && api.writes.length === cut;
            return isDead ? new AbortedError({ message: 'the process is gone' }) : undefined;
          };
          await expect(run(() => isDead)).rejects.toThrow('the process is gone');
          expect(orphans(), `write ${cut}, ${moment}`).toEqual([]);
          api.fault = () => undefined;
          await run();
          expect([made().length, stored().length, orphans().length], `write ${cut}, ${moment}`).toEqual([
            1, 1, 0,
          ]);
        }
      }
    });

    it('leaves nothing where the cluster refuses one of its writes for good', async () => {
      for (const plural of ['secrets', engine === 'guaranteed' ? 'omjobs' : 'jobs']) {
        const { api, run, made, stored } = start(engine, subject);
        api.fault = (write, moment) =>
          moment === 'before' && write.plural === plural && write.verb === 'create'
            ? new ForbiddenError({ message: `creating ${plural}: forbidden`, status: 403 })
            : undefined;
        await expect(run()).rejects.toThrow(plural);
        expect([...made(), ...stored()]).toEqual([]);
      }
    });

    it('leaves nothing where its Secret can not be stored once the run is there', async () => {
      const { api, run, made, stored } = start(engine, subject);
      api.fault = ({ plural, dryRun }, moment) =>
        moment === 'before' && plural === 'secrets' && !dryRun
          ? new ServerError({ message: 'storing: away', status: 503 })
          : undefined;
      await expect(run()).rejects.toThrow('away');
      expect([...made(), ...stored()]).toEqual([]);
    });

    it('is one run with its Secret when every first answer is lost', async () => {
      const { api, run, made, orphans } = start(engine, subject);
      const lost = new Set<string>();
      api.fault = ({ plural, dryRun }, moment) => {
        if (dryRun || moment === 'before' || lost.has(plural)) return undefined;
        lost.add(plural);
        return new AnswerLostError({ message: `creating ${plural}: no answer` });
      };
      await run();
      expect([made().length, orphans().length]).toEqual([1, 0]);
    });
  });
});
