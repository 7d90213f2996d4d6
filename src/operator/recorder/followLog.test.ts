import { describe, expect, it } from 'vitest';
import { FakeApi } from '../../actions/testing/fakeApi.ts';
import { NotFoundError, UnreachableError } from '../../kube/errors.ts';
import type { KubeClient, LogOptions } from '../../kube/types.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { StoreUnavailable } from '../../store/errors.ts';
import type { LogKey, LogStore } from '../../store/types.ts';
import { FollowedLog } from './followLog.ts';
import { LogCopy } from './logCopy.ts';

const key: LogKey = { namespace: 'etl', runUID: 'r', podUID: 'p', container: 'main', previous: false };
const source = { namespace: 'etl', pod: 'a-m1', container: 'main', previous: false };
const LINES = Array.from({ length: 40 }, (_, index) => `line ${index}\n`);
const WHOLE = LINES.join('');

/** One log on a node, and a log store that may be away. */
class World {
  readonly clock = virtualClock(Date.parse('2026-01-01T00:00:00Z'));
  readonly api = new FakeApi(this.clock);
  ended = false;
  gone = false;
  /** Bytes after which each stream breaks, one after the other; then none does. */
  breaks: number[] = [];
  stored: Buffer = Buffer.alloc(0);
  isStoreAway = false;
  readonly troubles: unknown[] = [];

  client(): KubeClient {
    return { ...this.api.client(), podLog: async (_ref, options) => this.#stream(options) };
  }

  follow(): FollowedLog {
    const { clock } = this;
    const onTrouble = (error: unknown) => void this.troubles.push(error);
    const random = () => 0.5;
    const store = this.store();
    return new FollowedLog(
      { client: this.client(), clock, random, onTrouble: (_source, error) => onTrouble(error) },
      { source, copy: new LogCopy({ store, key, clock, random, onTrouble }), hasEnded: () => this.ended },
    );
  }

  store(): LogStore {
    const alive = () => {
      if (this.isStoreAway) throw new StoreUnavailable('appending to a log: away', 'Start it');
    };
    return {
      ready: async () => alive(),
      put: async () => 0,
      append: async (_key, offset, bytes) => {
        alive();
        expect(offset).toBeLessThanOrEqual(this.stored.length);
        this.stored = Buffer.concat([this.stored.subarray(0, offset), bytes]);
        return this.stored.length;
      },
      size: async () => (this.stored.length === 0 ? undefined : this.stored.length),
      read: async () => this.stored,
      pages: async () => undefined,
      deleteRun: async () => {},
      close: async () => {},
    };
  }

  async *#stream(options: LogOptions = {}): AsyncGenerator<Uint8Array> {
    if (this.gone) throw new NotFoundError({ message: 'no such pod', status: 404 });
    const since = Date.parse(options.sinceTime ?? '') || 0;
    const lines = LINES.flatMap((line, index) => {
      const at = Date.parse('2026-01-01T00:00:00Z') + index * 300;
      return at < since ? [] : [`${new Date(at).toISOString().replace('Z', '000000Z')} ${line}`];
    });
    const bytes = Buffer.from(lines.join(''));
    const end = this.breaks.shift();
    for (let at = 0; at < Math.min(bytes.length, end ?? bytes.length); at += 7) {
      yield bytes.subarray(at, Math.min(at + 7, end ?? bytes.length));
    }
    if (end !== undefined) throw new UnreachableError({ message: 'the stream broke', phase: 'stream' });
    this.ended = true;
  }
}

describe('FollowedLog', () => {
  it('copies each byte once, however often the connection breaks', async () => {
    const w = new World();
    w.breaks = [100, 31, 250, 29, 30, 400];
    const log = w.follow();
    await w.clock.advance(60_000);
    await log.done;
    expect(log.state).toBe('whole');
    expect(log.hasCopy()).toBe(true);
    expect(w.stored.toString()).toBe(WHOLE);
    expect(Buffer.from(log.tail.bytes()).toString()).toBe(WHOLE);
  });

  it('goes on where the one before it stopped, though nothing but the stored bytes is left of that', async () => {
    const w = new World();
    w.breaks = [500];
    const first = w.follow();
    await w.clock.advance(200);
    first.stop();
    await first.done;
    w.stored = Buffer.from(WHOLE.slice(0, 123));
    const second = w.follow();
    await w.clock.advance(60_000);
    await second.done;
    expect(w.stored.toString()).toBe(WHOLE);
  });

  it('waits for a store that is away, and is whole once that is back', async () => {
    const w = new World();
    w.isStoreAway = true;
    const log = w.follow();
    await w.clock.advance(30_000);
    expect(log.hasCopy()).toBe(false);
    expect(w.troubles.length).toBeGreaterThan(0);
    w.isStoreAway = false;
    await w.clock.advance(60_000);
    await log.done;
    expect(log.hasCopy()).toBe(true);
    expect(w.stored.toString()).toBe(WHOLE);
  });

  it('keeps what it heard of a pod that is gone', async () => {
    const w = new World();
    w.breaks = [400];
    const log = w.follow();
    await w.clock.advance(100);
    w.gone = true;
    await w.clock.advance(60_000);
    await log.done;
    expect(log.state).toBe('cut');
    expect(WHOLE.startsWith(Buffer.from(log.tail.bytes()).toString())).toBe(true);
    expect(log.tail.size).toBeGreaterThan(0);
  });

  it('counts silence only while it listens', async () => {
    const w = new World();
    w.breaks = Array.from({ length: 100 }, () => 0);
    const log = w.follow();
    await w.clock.advance(20_000);
    expect(log.heardAt()).toBe(w.client().serverNow());
    log.stop();
    await w.clock.advance(1_000);
    await log.done;
  });
});
