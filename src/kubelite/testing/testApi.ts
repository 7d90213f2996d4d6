import { systemRandom } from '../../ports/clock.ts';
import { type VirtualClock, virtualClock } from '../../ports/testing/virtualClock.ts';
import { type Kubelite, type KubeliteState, startKubelite } from '../kubelite.ts';
import type { KubeliteLog, StoredObject } from '../types.ts';

/** An answer, its JSON read. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: StoredObject & {
    readonly items: StoredObject[];
    readonly message: string;
    readonly reason: string;
  };
}

/** An open watch: its events so far, and whether the server ended it. */
export interface TestWatch {
  readonly events: { type: string; object: StoredObject }[];
  /** `ADDED a`, `DELETED b`: the events with the names of their objects. */
  seen(): string[];
  ended(): boolean;
  close(): void;
}

/** kubelite in memory, in virtual time, without a kubelet; called in process. */
export interface TestApi {
  readonly kubelite: Kubelite;
  readonly clock: VirtualClock;
  /** What controllers complained of. */
  readonly complaints: string[];
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
  /** As `call`, for requests that must succeed: throws the message of a refusal. */
  ok(method: string, path: string, body?: unknown, contentType?: string): Promise<StoredObject>;
  watch(path: string, accept?: string): Promise<TestWatch>;
  /** Lets controllers finish what they can without time going on. */
  settle(): Promise<void>;
}

const START_MS = Date.UTC(2030, 0, 1);

/** How it is started: `dataDir` makes it durable; time starts at 2030-01-01 unless `startMs` says otherwise. */
export interface TestApiOptions {
  readonly dataDir?: string;
  readonly startMs?: number;
  /** What is there from the start. */
  readonly from?: KubeliteState;
}

/** Starts one. */
export async function testApi(options: TestApiOptions = {}): Promise<TestApi> {
  const { dataDir, startMs = START_MS, from } = options;
  const clock = virtualClock(startMs);
  const complaints: string[] = [];
  const complain = (message: string, fields?: object) =>
    void complaints.push(`${message} ${JSON.stringify(fields)}`);
  const log: KubeliteLog = { info() {}, warn: complain, error: complain };
  const kubelite = await startKubelite({
    clock,
    random: systemRandom,
    log,
    kubelet: 'none',
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(from === undefined ? {} : { from }),
  });
  const call: TestApi['call'] = async (method, path, body, contentType = 'application/json') => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const response = await kubelite.handler({
      method,
      path,
      headers: { 'content-type': contentType },
      ...(body === undefined ? {} : { body: text }),
    });
    let read = '';
    for await (const chunk of response.body) read += Buffer.from(chunk).toString();
    return { status: response.status, headers: response.headers, body: JSON.parse(read) as Answer['body'] };
  };
  return {
    kubelite,
    clock,
    complaints,
    call,
    async ok(...request) {
      const { status, body } = await call(...request);
      if (status >= 300) throw new Error(`${request[0]} ${request[1]}: ${status} ${body.message}`);
      return body;
    },
    watch: (path, accept) => openWatch(kubelite, path, accept),
    settle: () => clock.settle(),
  };
}

async function openWatch(kubelite: Kubelite, path: string, accept = 'application/json'): Promise<TestWatch> {
  const abort = new AbortController();
  const response = await kubelite.handler({ method: 'GET', path, headers: { accept }, signal: abort.signal });
  const events: { type: string; object: StoredObject }[] = [];
  let ended = false;
  void (async () => {
    let rest = '';
    for await (const chunk of response.body) {
      const lines = (rest + Buffer.from(chunk).toString()).split('\n');
      rest = lines.pop() ?? '';
      events.push(...lines.map((line) => JSON.parse(line) as { type: string; object: StoredObject }));
    }
    ended = true;
  })();
  return {
    events,
    seen: () => events.map(({ type, object }) => `${type} ${object.metadata?.name ?? ''}`.trim()),
    ended: () => ended,
    close: () => abort.abort(),
  };
}

/** A pod that the API takes. */
export function aPod(name: string, spec: object = {}, metadata: object = {}): object {
  const containers = [{ name: 'main', image: 'busybox', command: ['true'] }];
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, ...metadata }, spec: { containers, ...spec } };
}

/** A ConfigMap that the API takes. */
export function aConfigMap(name: string, metadata: object = {}, data: object = {}): object {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...metadata }, data };
}
