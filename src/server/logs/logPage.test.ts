import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { PAGE_BYTES } from '../../core/pipeline/pageStarts.ts';
import type { Run } from '../../core/run/run.ts';
import { aRun } from '../../core/testing/aRun.ts';
import { ServerError } from '../../kube/errors.ts';
import { pods } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { folderLogs } from '../../store/logs/folderLogs.ts';
import { MemoryHistory } from '../../store/testing/memoryHistory.ts';
import type { Api } from '../http/api.ts';
import { LiveLogs } from './liveLogs.ts';
import { type LogPlaces, logPage } from './logPage.ts';

const KEY = 'ingestion_task';
const { signal } = new AbortController();
const TEXT = `${'eine Zeile – mit Umlauten äöü; '.repeat(40)}\n`.repeat(2_000);
const LABEL = 'omjob.pipelines.openmetadata.org/pod-type';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'endwell-pages-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A server beside a cluster whose kubelet stamps lines, a history and a folder of logs. */
class Server {
  readonly cluster = new FakeApi(virtualClock());
  readonly history = new MemoryHistory();
  readonly logs = folderLogs(folder);
  failure: Error | undefined;

  page(places: LogPlaces, after?: string) {
    return logPage(this.#api(), places, { taskKey: KEY, after }, signal);
  }

  async allPages(
    places: LogPlaces,
  ): Promise<{ readonly text: string; readonly totals: Set<string | undefined> }> {
    const [parts, totals]: [string[], Set<string | undefined>] = [[], new Set()];
    for (let after: string | undefined = ''; after !== undefined; ) {
      const page: Readonly<Record<string, string>> = await this.page(places, after);
      parts.push(page[KEY] ?? '');
      totals.add(page['total']);
      after = page['after'];
    }
    return { text: parts.join(''), totals };
  }

  putPod(name: string, text: string, change: Pod['metadata'] = {}): Pod {
    const status = { phase: 'Succeeded', containerStatuses: [] };
    const pod = { metadata: { name, namespace: 'team', uid: name, ...change }, spec: MAIN, status };
    this.cluster.logs.set(name, text);
    return this.cluster.cluster.put(pods, pod);
  }

  /** What the recorder does at the end of a pod whose whole log is kept. */
  async keep(run: Run, text: string): Promise<void> {
    const log = { namespace: 'team', runUID: run.metadata.uid ?? '', podUID: 'nightly-m1' };
    const container = { container: 'main', previous: false };
    await this.logs.append({ ...log, ...container }, 0, Buffer.from(text));
    const kept = { ...container, tail: new Uint8Array(), size: undefined, missing: undefined, whole: true };
    const evidence = {
      podName: 'nightly-m1',
      stage: 'main' as const,
      attempt: 1,
      at: 0,
      final: true,
      object: {},
    };
    await this.history.putEvidence({ ...log, ...evidence, logs: [kept] });
  }

  /** The same where no log store is. */
  async keepTail(run: Run, text: string, size: number): Promise<void> {
    const log = {
      container: 'main',
      previous: false,
      tail: Buffer.from(text),
      size,
      missing: undefined,
      whole: false,
    };
    await this.history.putEvidence({
      namespace: 'team',
      runUID: run.metadata.uid ?? '',
      podUID: 'nightly-m1',
      podName: 'nightly-m1',
      stage: 'main',
      attempt: 1,
      at: 0,
      final: true,
      object: {},
      logs: [log],
    });
  }

  #api(): Api {
    const client: KubeClient = {
      ...this.cluster.client(),
      podLog: async ({ name }) => {
        if (this.failure !== undefined) throw this.failure;
        return stamped(this.cluster.logs.get(name) ?? '');
      },
    };
    const log = { warn: () => {} };
    const stores = { history: this.history, logs: this.logs };
    return { client, log, stores, liveLogs: new LiveLogs(client) } as unknown as Api;
  }
}

const MAIN = { containers: [{ name: 'main' }] };

async function* stamped(text: string): AsyncGenerator<Uint8Array> {
  const lines = text.split('\n').slice(0, -1);
  yield Buffer.from(lines.map((line) => `2026-01-01T00:00:00.000000000Z ${line}\n`).join(''));
}

/** A run with one attempt whose pod is `nightly-m1`. */
function run(phase: 'Running' | 'Succeeded', change: object = {}): Run {
  const attempt = { number: 1, podName: 'nightly-m1', podUID: 'nightly-m1', ...change };
  return {
    ...aRun().build(),
    status: { phase, attempts: [attempt] } as unknown as NonNullable<Run['status']>,
  };
}

describe('logPage', () => {
  it('joins to the log of a pod that is there, in pages of the size that readers count in', async () => {
    const server = new Server();
    server.putPod('nightly-m1', TEXT);
    const { text, totals } = await server.allPages({ run: run('Running'), pods: [] });
    expect(text).toBe(TEXT);
    expect(totals).toEqual(new Set(['3']));
    const first = await server.page({ run: run('Running'), pods: [] });
    expect(Buffer.byteLength(first[KEY] ?? '')).toBeGreaterThan(PAGE_BYTES - 4);
  });

  it('has the same pages when the pod has gone', async () => {
    const server = new Server();
    server.putPod('nightly-m1', TEXT);
    const places = { run: run('Succeeded'), pods: [] };
    const before = [await server.page(places), await server.page(places, '2')];
    await server.keep(places.run, TEXT);
    server.cluster.cluster.remove(pods, { namespace: 'team', name: 'nightly-m1' });
    expect([await server.page(places), await server.page(places, '2')]).toEqual(before);
  });

  it('takes what is stored of an ended run before what a kubelet has left of it', async () => {
    const server = new Server();
    server.putPod('nightly-m1', 'the last line\n');
    const places = { run: run('Succeeded'), pods: [] };
    await server.keep(places.run, TEXT);
    expect((await server.allPages(places)).text).toBe(TEXT);
  });

  it('takes the newest main pod where no run is known, whatever newer pods stand beside it', async () => {
    const server = new Server();
    const at = (day: number) => `2026-01-0${day}T00:00:00Z`;
    const places = {
      pods: [
        server.putPod('old', 'old\n', { creationTimestamp: at(1), labels: { [LABEL]: 'main' } }),
        server.putPod('main', 'main\n', { creationTimestamp: at(2), labels: { [LABEL]: 'main' } }),
        server.putPod('side', 'side\n', { creationTimestamp: at(3), labels: { [LABEL]: 'exit-handler' } }),
      ],
    };
    expect(await server.page(places)).toEqual({ [KEY]: 'main\n', total: '1' });
  });

  it('says what is wrong in the words that readers know', async () => {
    const server = new Server();
    const places = { pods: [server.putPod('p', 'text\n')] };
    expect(await server.page({ pods: [] })).toEqual({ logs: 'No pods found for this pipeline' });
    expect(await server.page({ run: { ...aRun().build() }, pods: [] })).toEqual({
      logs: 'No pods found for this pipeline',
    });
    for (const after of ['1', '999', '-1']) {
      expect(await server.page(places, after)).toEqual({ [KEY]: 'Invalid pagination index' });
    }
    expect(await server.page(places, 'x')).toEqual({
      [KEY]: 'Invalid pagination parameter: x is not a valid number',
    });
    expect(await server.page({ pods: [server.putPod('silent', '')] })).toEqual({
      logs: 'No logs available for pod: silent',
    });
    expect(await server.page({ run: run('Succeeded'), pods: [] })).toEqual({
      logs: 'No logs available for pod: nightly-m1',
    });
    server.failure = new ServerError({ message: 'reading pod log: 500', status: 500 });
    expect(await server.page(places)).toEqual({
      error: 'Failed to retrieve logs: Kubernetes API request failed',
    });
  });

  it('shows the end of a log of which only that is kept', async () => {
    const places = { run: run('Succeeded', { logTail: 'the last line\n' }), pods: [] };
    expect(await new Server().page(places)).toEqual({ [KEY]: 'the last line\n', total: '1' });
  });

  it('says of a longer log that its beginning is not kept, where pages are counted anew', async () => {
    const server = new Server();
    const places = { run: run('Succeeded'), pods: [] };
    await server.keepTail(places.run, 'the last line\n', 3_000_000);
    expect(await server.page(places)).toEqual({
      [KEY]:
        '[the pod is gone, and of its log only the last 14 bytes are kept; --log-store keeps all]\nthe last line\n',
      total: '1',
    });
    await server.keepTail(places.run, 'all of it\n', 10);
    expect(await server.page(places)).toEqual({ [KEY]: 'all of it\n', total: '1' });
  });
});
