import { describe, expect, it } from 'vitest';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { events, pods } from '../../kube/resources.ts';
import type { HttpRequest } from '../../ports/sendRequest.ts';
import { anAnswer } from '../../ports/testing/anAnswer.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { reportExit } from './exit.ts';

const TOKEN = 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJib3QifQ.c2ln';
const PASSWORD = 'tiger & "co"';
const RUN = '0f8fad5b-d9cb-469f-a165-70867728950e';
const CONFIG = `
source:
  serviceConnection: { config: { type: Mysql, authType: { password: '${PASSWORD}' } } }
workflowConfig:
  openMetadataServerConfig:
    hostPort: http://om:8585/api/
    securityConfig: { jwtToken: ${TOKEN} }
ingestionPipelineFQN: shop.my pipeline/1
`;
const ENV = {
  config: CONFIG,
  pipelineRunId: RUN,
  pipelineStatus: 'failed',
  jobName: 'om-job-shop',
  namespace: 'n',
  ENDWELL_OUTCOME: 'Failed',
  ENDWELL_REASON: 'OutOfMemory',
  ENDWELL_EXIT_CODE: '137',
  ENDWELL_STARTED_AT: '1970-01-01T00:00:05Z',
  ENDWELL_FINISHED_AT: '1970-01-01T00:00:09Z',
};
const STATUSES = 'http://om:8585/api/v1/services/ingestionPipelines/shop.my%20pipeline%2F1/pipelineStatus';

type Status = {
  [name: string]: unknown;
  pipelineState?: string;
  status?: { name: string; failures: { stackTrace: string }[] }[];
};

/** A handler at work: a cluster with the main pod, and a server that keeps one status. */
class Handler {
  readonly clock = virtualClock(100_000);
  readonly api = new FakeApi(this.clock);
  readonly said: string[] = [];
  readonly requests: HttpRequest[] = [];
  stored: Status | undefined;
  env: Record<string, string> = ENV;
  /** Answers in place of the server, first come first served; an error is a server that is away. */
  faults: (Error | ReturnType<typeof anAnswer>)[] = [];
  isClusterAway = false;
  interrupted = new AbortController();

  constructor() {
    const labels = {
      'omjob.pipelines.openmetadata.org/name': 'om-job-shop',
      'omjob.pipelines.openmetadata.org/pod-type': 'main',
    };
    const terminated = { exitCode: 137, reason: 'OOMKilled', startedAt: 'then', finishedAt: 'now' };
    this.api.cluster.put(pods, {
      metadata: { name: 'om-job-shop-main', namespace: 'n', uid: 'u1', labels },
      spec: { nodeName: 'node-7', containers: [{ name: 'main' }] },
      status: {
        phase: 'Failed',
        conditions: [{ type: 'Ready', status: 'False', reason: 'PodFailed' }],
        containerStatuses: [
          { name: 'main', image: '', imageID: '', ready: false, restartCount: 0, state: { terminated } },
        ],
      },
    });
    this.api.cluster.put(pods, {
      metadata: {
        name: 'om-job-shop-exit',
        namespace: 'n',
        uid: 'u2',
        labels: { ...labels, 'omjob.pipelines.openmetadata.org/pod-type': 'exit-handler' },
      },
      spec: { containers: [{ name: 'main' }] },
    });
    this.api.logs.set('om-job-shop-main', `connecting with ${PASSWORD} and ${TOKEN}\nreading table 7\n`);
  }

  async run(): Promise<string> {
    const { clock, said, interrupted } = this;
    let report: string | undefined;
    const done = reportExit({
      env: this.env,
      connect: async () => {
        if (this.isClusterAway) throw new Error('connect ECONNREFUSED');
        return this.api.client();
      },
      send: async (request) => this.#answer(request),
      clock,
      random: () => 0.5,
      say: (line) => void said.push(line),
      interrupted: interrupted.signal,
    }).then((how) => {
      report = how;
    });
    for (let left = 1000; report === undefined && left > 0; left -= 1) await clock.advance(1_000);
    await done;
    return report ?? '';
  }

  diagnostics(): string {
    return this.stored?.status?.find(({ name }) => name === 'Pod Diagnostics')?.failures[0]?.stackTrace ?? '';
  }

  puts(): HttpRequest[] {
    return this.requests.filter(({ method }) => method === 'PUT');
  }

  #answer(request: HttpRequest) {
    this.requests.push(request);
    const fault = this.faults.shift();
    if (fault instanceof Error) throw fault;
    if (fault !== undefined) return fault;
    if (request.method === 'PUT') this.stored = JSON.parse(request.body ?? '') as Status;
    else if (this.stored === undefined) return anAnswer('{"code":404}', { status: 404 });
    return anAnswer(JSON.stringify(this.stored));
  }
}

describe('reportExit', () => {
  it('ends a run that the server knows, and keeps what it knows of it', async () => {
    const handler = new Handler();
    const steps = [{ name: 'Source', failures: [] }];
    handler.stored = {
      pipelineState: 'running',
      status: steps,
      runId: RUN,
      startDate: 3,
      extra: 'kept',
    };
    expect(await handler.run()).toBe('stored');
    expect(handler.stored).toMatchObject({
      runId: RUN,
      pipelineState: 'failed',
      startDate: 3,
      endDate: 9_000,
      extra: 'kept',
      status: [steps[0], { name: 'Pod Diagnostics', records: 0, errors: 1 }],
    });
    expect(handler.requests.map(({ method, url }) => [method, url])).toEqual([
      ['GET', `${STATUSES}/${RUN}`],
      ['GET', `${STATUSES}/${RUN}`],
      ['PUT', STATUSES],
    ]);
    expect(handler.said).toEqual([`run ${RUN} of pipeline shop.my pipeline/1 is now failed`]);
  });

  it('makes a status where the run was never heard of, with the time at which main started', async () => {
    const handler = new Handler();
    expect(await handler.run()).toBe('stored');
    expect(handler.stored).toMatchObject({ runId: RUN, startDate: 5_000, timestamp: 5_000, endDate: 9_000 });
  });

  it.each(['success', 'failed', 'partialSuccess', 'stopped'])(
    'leaves a run alone that is %s',
    async (state) => {
      const handler = new Handler();
      handler.stored = { pipelineState: state };
      expect(await handler.run()).toBe('stored');
      expect([handler.stored, handler.puts()]).toEqual([{ pipelineState: state }, []]);
    },
  );

  it('leaves a run alone that has become final while diagnostics were collected', async () => {
    const handler = new Handler();
    handler.stored = { pipelineState: 'partialSuccess' };
    handler.faults = [anAnswer('{"pipelineState":"running"}')];
    expect(await handler.run()).toBe('stored');
    expect(handler.stored).toEqual({ pipelineState: 'partialSuccess' });
    expect(handler.said[0]).toMatch(/has become partialSuccess meanwhile/);
  });

  it('reports success without diagnostics, also when only Endwell says so', async () => {
    for (const env of [
      { ...ENV, pipelineStatus: 'success' },
      { ...ENV, pipelineStatus: '', ENDWELL_OUTCOME: 'Succeeded' },
    ]) {
      const handler = new Handler();
      handler.env = env;
      expect(await handler.run()).toBe('stored');
      expect([handler.stored?.pipelineState, handler.stored?.status]).toEqual(['success', undefined]);
    }
  });

  it('shows how the main pod ended: what Endwell knows, conditions, containers, events, the end of the log', async () => {
    const handler = new Handler();
    handler.api.cluster.put(events, {
      metadata: { name: 'e1', namespace: 'n' },
      involvedObject: { uid: 'u1' },
      type: 'Warning',
      reason: 'OOMKilling',
      message: 'memory is full',
      lastTimestamp: '1970-01-01T00:00:09Z',
      source: { component: 'kubelet' },
    });
    await handler.run();
    const text = handler.diagnostics();
    expect(text).toContain('Endwell: Failed, reason OutOfMemory, exit code 137');
    expect(text).toContain('Pod: om-job-shop-main, namespace n, node node-7');
    expect(text).toContain('Ready=False, PodFailed');
    expect(text).toContain('main: terminated, exit code 137, OOMKilled, from then to now');
    expect(text).toContain('1970-01-01T00:00:09.000Z Warning OOMKilling (kubelet): memory is full');
    expect(text).toMatch(/Log \(last 500 lines\):\nconnecting with .*\nreading table 7$/);
  });

  it('shows no secret of the configuration, in what it stores and in what it says', async () => {
    const handler = new Handler();
    handler.faults = [anAnswer(`you sent Bearer ${TOKEN} and ${JSON.stringify(PASSWORD)}`, { status: 503 })];
    await handler.run();
    const shown = handler.said.join('\n') + JSON.stringify(handler.stored);
    expect(handler.said[0]).toContain('[redacted]');
    expect(shown).not.toContain(TOKEN);
    expect(shown).not.toContain('tiger');
    expect(handler.puts()[0]?.headers).toMatchObject({ authorization: `Bearer ${TOKEN}` });
  });

  it('says what is gone or can not be read, and stores the status all the same', async () => {
    const gone = new Handler();
    gone.api.cluster.remove(pods, { name: 'om-job-shop-main', namespace: 'n' });
    const away = new Handler();
    away.isClusterAway = true;
    expect([await gone.run(), await away.run()]).toEqual(['stored', 'stored']);
    expect(gone.diagnostics()).toMatch(/reason OutOfMemory.*\nPod: gone/);
    expect(away.diagnostics()).toMatch(/reason OutOfMemory.*\nPod: not read: connect ECONNREFUSED/);
  });

  it('tries again while the server is away or overloaded, and stores it once', async () => {
    const handler = new Handler();
    handler.faults = [
      new Error('connect ECONNREFUSED'),
      anAnswer('', { status: 503 }),
      anAnswer('', { status: 429, headers: { 'retry-after': '7' } }),
    ];
    expect(await handler.run()).toBe('stored');
    expect(handler.puts().length).toBe(1);
    expect(handler.said.slice(0, 3)).toEqual([
      'reading the status of the run: connect ECONNREFUSED; trying again in 0.4 s',
      'reading the status of the run: the server answered 503; trying again in 0.8 s',
      'reading the status of the run: the server answered 429; trying again in 7.0 s',
    ]);
  });

  it('gives up within its limit, and at once when it is told to end', async () => {
    const handler = new Handler();
    handler.faults = Array.from({ length: 1000 }, () => new Error('connect ECONNREFUSED'));
    expect(await handler.run()).toBe('failed');
    expect(handler.clock.monotonic()).toBeLessThanOrEqual(250_000);
    const told = new Handler();
    told.interrupted.abort();
    told.faults = [new Error('aborted')];
    expect(await told.run()).toBe('failed');
    expect(told.said[0]).toMatch(/there is no time left/);
  });

  it.each([
    [401, /answered 401.*the token in config is not accepted/],
    [403, /answered 403.*lacks the right/],
    [400, /answered 400: bad/],
    [302, /hostPort in config has to name the server itself/],
  ])('does not try again what is answered with %i', async (status, sentence) => {
    const handler = new Handler();
    handler.faults = [anAnswer('bad', { status })];
    expect(await handler.run()).toBe('failed');
    expect([handler.requests.length, handler.said[0]]).toEqual([1, expect.stringMatching(sentence)]);
  });

  it('says that the pipeline is not known, and that the address is that of a web page', async () => {
    const unknown = new Handler();
    const missing = anAnswer('{"code":404}', { status: 404 });
    unknown.faults = [missing, missing, missing];
    expect(await unknown.run()).toBe('failed');
    expect(unknown.said[0]).toMatch(/the pipeline is not known there/);
    const page = new Handler();
    page.faults = [anAnswer('<!doctype html>')];
    expect(await page.run()).toBe('failed');
    expect(page.said[0]).toMatch(/does hostPort end with \/api\?/);
  });

  it('names everything that is missing, and asks nobody', async () => {
    const handler = new Handler();
    handler.env = { config: 'workflowConfig: {}' };
    expect(await handler.run()).toBe('incomplete');
    expect(handler.said).toEqual([
      'nothing is reported: config has no workflowConfig.openMetadataServerConfig.hostPort',
      'nothing is reported: ingestionPipelineFQN is missing, in config and in the environment',
      'nothing is reported: pipelineRunId is missing',
      'nothing is reported: pipelineStatus is missing, and ENDWELL_OUTCOME too',
    ]);
    expect(handler.requests).toEqual([]);
  });

  it.each([
    [{}, /config is missing/],
    [{ config: 'a: [' }, /not readable as YAML/],
    [{ config: 'text' }, /no map/],
    [{ config: CONFIG.replace('http://om:8585/api/', 'om:8585') }, /no http or https URL/],
    [{ config: CONFIG.replace(TOKEN, '""') }, /no .*jwtToken/],
    [{ config: CONFIG.replace(TOKEN, 'secret:/bot/token') }, /only names a secret/],
  ])('refuses a configuration that leads nowhere (%#)', async (change, sentence) => {
    const handler = new Handler();
    handler.env = { ...ENV, config: '', ...change };
    expect(await handler.run()).toBe('incomplete');
    expect(handler.said.join('\n')).toMatch(sentence);
    expect(handler.said.join('\n')).not.toContain('tiger');
  });
});
