import { sleep } from '../../src/ports/clock.ts';
import type { StreamFault } from './faults.ts';
import type { Network } from './faultyTransport.ts';
import type { SimProcess } from './simProcess.ts';

interface StreamParts {
  readonly process: SimProcess;
  readonly network: Network;
  readonly fault: StreamFault | undefined;
  readonly signal: AbortSignal | undefined;
}

/** How much later than its write an event comes at most, ms. */
const LONGEST_LAG_MS = 40;

/** A watch on its way: every event comes a little late, and one thing may go wrong. */
export async function* faultyStream(
  body: AsyncIterable<Uint8Array>,
  parts: StreamParts,
): AsyncGenerator<Uint8Array> {
  const { process, network, fault } = parts;
  let seen = 0;
  let hasLost = false;
  for await (const frame of frames(body)) {
    const isDue = fault !== undefined && seen >= fault.event && !network.isCalm();
    const lag = network.chance.int(0, LONGEST_LAG_MS) + network.extraMs();
    await sleep(process.clock, isDue && fault.kind === 'delay' ? lag + fault.ms : lag);
    await network.stalled();
    await process.running();
    if (isDue && (fault.kind === 'delay' || seen === fault.event)) network.effect(STREAM_EFFECTS[fault.kind]);
    const isNow = isDue && seen === fault.event;
    seen += 1;
    if (isNow && fault.kind === 'cut') return;
    if (isNow && fault.kind === 'gone') {
      yield GONE;
      return;
    }
    if (isNow && fault.kind === 'silence') {
      await aborted(parts.signal);
      return;
    }
    if (isNow && fault.kind === 'lose') {
      hasLost = true;
      continue;
    }
    if (hasLost && network.isCalm()) {
      yield GONE;
      return;
    }
    yield frame;
    if (isNow && fault.kind === 'repeat') yield frame;
  }
}

const STREAM_EFFECTS = {
  delay: 'watch late',
  cut: 'watch cut',
  gone: 'watch too old',
  repeat: 'event repeated',
  lose: 'event lost',
  silence: 'watch silent',
} as const satisfies Record<StreamFault['kind'], string>;

/** One event each, whatever the chunks are. */
async function* frames(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    let from = 0;
    for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
      yield chunk.subarray(from, at + 1);
      from = at + 1;
    }
  }
}

const LINE_FEED = 10;

const GONE = new TextEncoder().encode(
  `${JSON.stringify({
    type: 'ERROR',
    object: {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'too old resource version: injected by the simulation',
      reason: 'Expired',
      code: 410,
    },
  })}\n`,
);

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
