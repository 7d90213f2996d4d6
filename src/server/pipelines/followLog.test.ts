import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { jobs, type PipelineJob } from '../../actions/pipeline/kinds.ts';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { AnswerLostError } from '../../kube/errors.ts';
import { pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { settledWithin } from '../../ports/testing/settledWithin.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import type { Api } from '../http/api.ts';
import { followLog } from './followLog.ts';

const SUBJECT = 'endwell.dev/subject=s';
const labels = { 'endwell.dev/subject': 's', 'job-name': 'om-job-a' };

/** A run of the native engine, whose pods and their logs a test turns by hand. */
function start() {
  const clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  const { cluster } = new FakeApi(clock);
  const put = (status: object) =>
    cluster.put(jobs, { metadata: { name: 'om-job-a', namespace: 'om', uid: 'j', labels }, status });
  /** Texts that a container writes, one a read; an error breaks the connection. */
  const logs = new Map<string, (string | Error)[]>();
  const opened: string[] = [];
  const client: KubeClient = {
    ...cluster.client(),
    podLog: async ({ name }) => {
      opened.push(name);
      return written(logs.get(name) ?? []);
    },
  };
  const api = { client, clock, random: () => 0.5, log: { warn: () => {} } } as unknown as Api;
  const putPod = (name: string, state: 'waiting' | 'running' | 'terminated', change: object = {}): Pod => {
    const startedAt = new Date(clock.now()).toISOString();
    const details = state === 'terminated' ? { startedAt, exitCode: 1 } : { startedAt };
    const status = { name: 'main', state: { [state]: state === 'waiting' ? {} : details } };
    const metadata = { name, namespace: 'om', uid: name, labels, creationTimestamp: startedAt, ...change };
    return cluster.put(pods, {
      metadata,
      spec: { containers: [{ name: 'main' }] },
      status: { phase: state === 'terminated' ? 'Failed' : 'Running', containerStatuses: [status as never] },
    });
  };
  const leaving = new AbortController();
  const follow = async () => {
    const job = { engine: 'native', object: put({ active: 1 }) } as PipelineJob;
    const scope = { namespace: 'om', labelSelector: SUBJECT, engines: ['native'] } as const;
    const run = { job, scope, podSelector: `${SUBJECT},job-name=om-job-a` };
    let text = '';
    for await (const chunk of followLog(api, run, leaving.signal)) text += Buffer.from(chunk).toString();
    return text;
  };
  const end = () => put({ conditions: [{ type: 'Failed', status: 'True' }] });
  const settled = <T>(work: Promise<T>) => settledWithin(clock, 600_000, work);
  return { clock, logs, opened, putPod, follow, end, settled, leaving };
}

async function* written(parts: readonly (string | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield Buffer.from(part);
  }
}

describe('followLog', () => {
  it('waits for the first pod, goes on with the next attempt, and ends with the run', async () => {
    const { clock, logs, putPod, follow, end, settled } = start();
    const work = follow();
    await clock.advance(1_000);
    putPod('a-1', 'waiting');
    await clock.advance(1_000);
    logs.set('a-1', ['first\n']);
    putPod('a-1', 'terminated');
    await clock.advance(1_000);
    logs.set('a-2', ['second\n']);
    putPod('a-2', 'terminated');
    await clock.advance(1_000);
    end();
    expect(await settled(work)).toBe('first\nsecond\n');
  });

  it('reads what came with the end, and no log of a handler', async () => {
    const { clock, logs, opened, putPod, follow, end, settled } = start();
    const work = follow();
    await clock.advance(1_000);
    logs.set('a-1', ['at last\n']);
    putPod('a-1', 'terminated');
    putPod('a-x', 'terminated', {
      labels: { ...labels, 'omjob.pipelines.openmetadata.org/pod-type': 'exit-handler' },
    });
    end();
    expect(await settled(work)).toBe('at last\n');
    expect(opened).toEqual(['a-1']);
  });

  it('takes a broken connection up behind the last byte, and reads on while main runs', async () => {
    const { clock, logs, putPod, follow, end, settled } = start();
    logs.set('a-1', ['one ', new AnswerLostError({ message: 'the connection broke' })]);
    putPod('a-1', 'running');
    const work = follow();
    await clock.advance(100);
    logs.set('a-1', ['one two ']);
    await clock.advance(1_000);
    logs.set('a-1', ['one two three']);
    putPod('a-1', 'terminated');
    await clock.advance(1_000);
    end();
    expect(await settled(work)).toBe('one two three');
  });

  it('ends when whoever reads has gone', async () => {
    const { clock, follow, settled, leaving } = start();
    const work = follow();
    const outcome = expect(work).rejects.toThrow('gone');
    await clock.advance(1_000);
    leaving.abort(new Error('gone'));
    await settled(outcome);
  });
});
