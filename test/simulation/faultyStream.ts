import { sleep } from '../../src/ports/clock.ts';
import type { StreamFault } from './faults.ts';
import type { Network } from './faultyTransport.ts';
import type { SimProcess } from './simProcess.ts';

interface StreamParts {
  readonly process: SimProcess;
  readonly network: Network;
  readonly fault: StreamFault | undefined;
  readonly signal: AbortSignal | undefined;
  /** An event of this watch is lost for good. */
  readonly atLoss: () => void;
  readonly atEnd: () => void;
}

/** How much later than its write an event comes at most, ms. */
const LONGEST_LAG_MS = 40;

/** A watch on its way: what is sent together comes a little late, and one thing may go wrong. */
export async function* faultyStream(
  body: AsyncIterable<Uint8Array>,
  parts: StreamParts,
): AsyncGenerator<Uint8Array> {
  const { process, network, fault } = parts;
  const fateOfNext = fates(parts);
  try {
    for await (const chunk of body) {
      await sleep(process.clock, network.chance.int(0, LONGEST_LAG_MS) + network.extraMs());
      let lateMs = fault?.kind === 'delay' ? fault.ms : 0;
      for (const frame of frames(chunk)) {
        const fate = fateOfNext();
        if (fate === 'delay' && lateMs > 0) {
          await sleep(process.clock, lateMs);
          lateMs = 0;
        }
        await network.stalled();
        await process.running();
        if (fate === 'silence') await aborted(parts.signal);
        if (fate === 'gone') yield GONE;
        if (fate === 'silence' || fate === 'gone' || fate === 'cut') return;
        if (fate !== 'lose') yield frame;
        if (fate === 'repeat') yield frame;
      }
    }
  } finally {
    parts.atEnd();
  }
}

/** What becomes of the events of one watch, asked in their order. */
function fates({ network, fault, atLoss }: StreamParts): () => StreamFault['kind'] | 'none' {
  let seen = 0;
  return () => {
    const nth = seen;
    seen += 1;
    if (fault === undefined || network.isCalm()) return 'none';
    const isMeant = fault.kind === 'delay' ? nth >= fault.event : nth === fault.event;
    if (!isMeant) return 'none';
    network.effect(STREAM_EFFECTS[fault.kind]);
    if (fault.kind === 'lose') atLoss();
    return fault.kind;
  };
}

const STREAM_EFFECTS = {
  delay: 'watch late',
  cut: 'watch cut',
  gone: 'watch too old',
  repeat: 'event repeated',
  lose: 'event lost',
  silence: 'watch silent',
} as const satisfies Record<StreamFault['kind'], string>;

/** One event each: a chunk ends with one, for so they are sent. */
function* frames(chunk: Uint8Array): Generator<Uint8Array> {
  let from = 0;
  for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, from)) {
    yield chunk.subarray(from, at + 1);
    from = at + 1;
  }
}

const LINE_FEED = 10;

/** What a watch says whose past the API server has forgotten. */
export const GONE = new TextEncoder().encode(
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
