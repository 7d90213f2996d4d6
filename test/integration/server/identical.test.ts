import { describe, expect, it } from 'vitest';
import { runs } from '../../../src/actions/resources.ts';
import { ApiError } from '../../../src/contract/apiError.ts';
import type { ApiClient } from '../../../src/contract/client.ts';
import { conditionOf, timeOf } from '../../../src/core/run/conditions.ts';
import { isTerminal } from '../../../src/core/run/phases.ts';
import type { Run, RunSpec } from '../../../src/core/run/run.ts';
import { pods } from '../../../src/kube/resources.ts';
import { eventually } from '../../support/eventually.ts';
import { shellRun, useServer } from './serverUnderTest.ts';

const server = useServer('with operator');
const subject = { kind: 'connection', id: '7f3c' };

type Policy = NonNullable<NonNullable<RunSpec['dedupe']>['whenActive']>;

/** What a request was answered: its status, and which run does the work where the answer says so. */
interface Answered {
  readonly status: number;
  readonly run: string | undefined;
}

async function ask(api: ApiClient, namespace: string, whenActive: Policy, script: string): Promise<Answered> {
  const { spec } = shellRun(undefined, script);
  const body = { metadata: { generateName: 'same-' }, spec: { ...spec, subject, dedupe: { whenActive } } };
  try {
    const { status, body: run } = await api.call('submitRun', { query: { namespace }, body });
    return { status, run: run.metadata.name };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { status: error.status, run: undefined };
  }
}

/** Sends so many equal requests, half to each of two servers, some at once. */
async function askAll(count: number, namespace: string, policy: Policy, script: string): Promise<Answered[]> {
  const servers = [server().api, await server().replica()] as const;
  const answers: Answered[] = [];
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const api = servers[next % 2 === 0 ? 0 : 1];
      next += 1;
      answers.push(await ask(api, namespace, policy, script));
    }
  };
  await Promise.all(Array.from({ length: 50 }, worker));
  return answers;
}

async function allDecided(namespace: string): Promise<Run[]> {
  return eventually(async () => {
    const { items } = await server().client.listAll(runs, { namespace });
    return items.every(({ status }) => conditionOf(status, 'Accepted') !== undefined) ? items : undefined;
  }, 'a word on every run');
}

async function expectOneAtWork(namespace: string, reason: string, count: number): Promise<string> {
  const all = await allDecided(namespace);
  const active = all.filter(({ status }) => !isTerminal(status?.phase));
  expect(all).toHaveLength(count);
  expect(active).toHaveLength(1);
  const reasons = new Set(all.filter((run) => !active.includes(run)).map(({ status }) => status?.reason));
  expect([...reasons]).toEqual([reason]);
  const made = await server().client.listAll(pods, { namespace });
  expect(made.items).toHaveLength(1);
  const name = active[0]?.metadata.name ?? '';
  await server().api.call('cancelRun', { params: { name }, query: { namespace }, body: {} });
  return name;
}

describe('1,000 equal requests over two servers', () => {
  it('make one run with a main pod where they join, and each answer names it', async () => {
    const namespace = await server().namespace();
    const answers = await askAll(1000, namespace, 'Join', 'sleep 300');
    const name = await expectOneAtWork(namespace, 'Joined', 1000);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    const joined = answers.filter(({ status }) => status === 200);
    expect(new Set(joined.map(({ run }) => run))).toEqual(new Set([name]));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 201]));
  });

  it('make one run with a main pod where they are rejected, and each answer says so', async () => {
    const namespace = await server().namespace();
    const answers = await askAll(1000, namespace, 'Reject', 'sleep 300');
    await expectOneAtWork(namespace, 'DuplicateRejected', 1000);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 409]));
  });
});

describe('equal requests that queue', () => {
  it('all run, and never two of them at once', async () => {
    const namespace = await server().namespace();
    const answers = await askAll(20, namespace, 'Queue', 'true');
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]));
    const ended = await eventually(async () => {
      const { items } = await server().client.listAll(runs, { namespace });
      return items.every(({ status }) => isTerminal(status?.phase)) ? items : undefined;
    }, 'the end of all');
    expect(new Set(ended.map(({ status }) => status?.phase))).toEqual(new Set(['Succeeded']));
    const spans = ended
      .map(({ status }) => ({
        start: timeOf(status?.timeline.admittedAt) ?? 0,
        end: timeOf(conditionOf(status, 'Finished')?.lastTransitionTime) ?? 0,
      }))
      .sort((a, b) => a.start - b.start);
    const overlapping = spans.filter(({ start }, index) => start < (spans[index - 1]?.end ?? 0));
    expect(overlapping).toEqual([]);
  });
});
