import { describe, expect, it } from 'vitest';
import { liveReport, readyReport } from './health.ts';
import { serveHealth } from './healthServer.ts';
import { ownNamespace } from './ownNamespace.ts';

const facts = {
  hasSynced: true,
  role: 'leader',
  watchProblems: [],
  leaseProblem: undefined,
  warnings: [],
} as const;

describe('readyReport', () => {
  it('is ready when everything was seen and nothing is in the way', () => {
    expect(readyReport(facts)).toEqual({ ready: true, problems: [], warnings: [], role: 'leader' });
    expect(readyReport({ ...facts, hasSynced: false }).ready).toBe(false);
  });

  it('stays ready when only what runs do not wait for is broken, and says so', () => {
    const warnings = ['history is not being written'];
    expect(readyReport({ ...facts, warnings })).toMatchObject({ ready: true, warnings });
  });

  it('says each problem once, in one line', () => {
    const error = new Error('no route\nat somewhere');
    const report = readyReport({
      ...facts,
      watchProblems: [error, error],
      leaseProblem: new Error('forbidden'),
    });
    expect(report.problems).toEqual([
      'cannot see the cluster: no route',
      'cannot take part in the election: forbidden',
    ]);
  });
});

describe('readyReport: what several watches say', () => {
  it('names the cause once, with all that it concerns', () => {
    const watchProblems = ['runs', 'pods', 'queues'].map((kind) => new Error(`watching ${kind}: no route`));
    const other = new Error('watching nodes: forbidden');
    expect(readyReport({ ...facts, watchProblems: [...watchProblems, other] }).problems).toEqual([
      'cannot see the cluster: watching runs, pods, queues: no route',
      'cannot see the cluster: watching nodes: forbidden',
    ]);
  });
});

describe('liveReport', () => {
  it('is red only for a reconcile that does not come back', () => {
    expect(liveReport(0).live).toBe(true);
    expect(liveReport(60_000).live).toBe(true);
    expect(liveReport(600_000)).toEqual({ live: false, problem: expect.stringContaining('600 s') as string });
  });
});

describe('serveHealth', () => {
  it('answers probes and metrics by what the operator says', async () => {
    let isReady = false;
    const server = await serveHealth(
      {
        ready: () => ({
          ready: isReady,
          problems: isReady ? [] : ['the CRD is missing'],
          warnings: isReady ? ['the database is away'] : [],
          role: 'standby',
        }),
        live: () => ({ live: true, problem: undefined }),
        metrics: async () => ({ text: 'endwell_leader 0\n', contentType: 'text/plain' }),
      },
      { host: '127.0.0.1', port: 0 },
    );
    const read = async (path: string) => {
      const response = await fetch(`${server.url}${path}`);
      return `${response.status} ${await response.text()}`;
    };
    try {
      expect(await read('/livez')).toBe('200 ok\n');
      expect(await read('/readyz')).toBe('503 the CRD is missing\n');
      isReady = true;
      expect(await read('/readyz?verbose')).toBe('200 ok (standby)\nwarning: the database is away\n');
      expect(await read('/metrics')).toBe('200 endwell_leader 0\n');
      expect(await read('/other')).toMatch(/^404 /);
      const taken = serveHealth(
        {
          ready: () => readyReport(facts),
          live: () => liveReport(0),
          metrics: async () => ({ text: '', contentType: '' }),
        },
        { host: '127.0.0.1', port: Number(new URL(server.url).port) },
      );
      await expect(taken).rejects.toThrow('--health-port');
    } finally {
      await server.close();
    }
  });
});

describe('ownNamespace', () => {
  const missing = () => {
    throw new Error('no such file');
  };

  it('is the setting, else the one of the pod, else endwell-system', () => {
    expect(ownNamespace('mine', () => 'pods')).toBe('mine');
    expect(ownNamespace(undefined, () => 'pods\n')).toBe('pods');
    expect(ownNamespace(undefined, missing)).toBe('endwell-system');
  });
});
