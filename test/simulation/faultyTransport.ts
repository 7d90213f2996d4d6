import type { Transport, TransportRequest, TransportResponse } from '../../src/kube/transport/transport.ts';
import { TransportError } from '../../src/kube/transport/transport.ts';
import { sleep } from '../../src/ports/clock.ts';
import { onAbort } from '../../src/ports/onAbort.ts';
import type { Chance } from './chance.ts';
import type { Effect } from './effects.ts';
import type { RequestClass, RequestFault, StreamFault } from './faults.ts';
import { faultyStream, GONE } from './faultyStream.ts';
import type { SimProcess } from './simProcess.ts';

/** What the network between one process and the API server asks and tells. */
export interface Network {
  readonly chance: Chance;
  /** The fault of this request, if it has one; counts it. */
  faultOf(request: TransportRequest, of: Exclude<RequestClass, 'watch'>): RequestFault | undefined;
  streamFaultOf(request: TransportRequest): StreamFault | undefined;
  /** What the cluster refuses to everybody at the moment. */
  denial(request: TransportRequest): TransportResponse | undefined;
  /** Whether nobody reaches the API server at the moment. */
  isDown(): boolean;
  /** Ends when the API server goes on with its work; undefined: it works. */
  stalled(): Promise<void> | undefined;
  /** Calls `cut` when all watches are cut; returns what forgets it. */
  onCut(cut: () => void): () => void;
  /** Calls `begin` when calm returns. */
  onCalm(begin: () => void): void;
  /** The request as this API server understands it, or its answer where it does not. */
  asServed(request: TransportRequest): TransportRequest | TransportResponse;
  /** How much longer everything takes at the moment, ms. */
  extraMs(): number;
  isCalm(): boolean;
  /** A request reaches the API server, and what that answers. */
  arrives(request: TransportRequest): void;
  answered(request: TransportRequest, status: number): void;
  /** It brought no answer, or none that helps. */
  failed(request: TransportRequest): void;
  /** Dies there. Never resolves. */
  crash(restartMs: number): Promise<never>;
  /** Something really went wrong. */
  effect(effect: Effect): void;
  /** An operator's request, and what became of it. */
  note(request: TransportRequest, what: string): void;
}

/** One way takes so long at most, ms: enough for any two requests to overtake each other. */
const LONGEST_WAY_MS = 20;

/** The transport of one process: the inner one, with everything that can go wrong on the way. */
export function faultyTransport(inner: Transport, process: SimProcess, network: Network): Transport {
  const way = async (extraMs = 0) => {
    await sleep(process.clock, network.chance.int(0, LONGEST_WAY_MS) + network.extraMs() + extraMs);
    await process.running();
  };

  /** The way there and the request itself; what the server does can't be taken back. */
  async function carry(request: TransportRequest): Promise<TransportResponse> {
    refuseIfDown(network, false);
    const stall = network.stalled();
    if (stall !== undefined) await outlast(request, stall);
    const denied = network.denial(request);
    if (denied !== undefined) return denied;
    const served = network.asServed(request);
    if ('status' in served) return served;
    network.arrives(request);
    const answer = await inner.send(served);
    network.answered(request, answer.status);
    return answer;
  }

  /** What is given up while the API server stands still has been sent: it may well be carried out all the same. */
  async function outlast(request: TransportRequest, stall: Promise<void>): Promise<void> {
    let isOver = false;
    const over = stall.then(() => {
      isOver = true;
    });
    await Promise.race([over, aborted(request.signal)]);
    if (!isOver) {
      if (request.method !== 'GET' && network.chance.is(0.5)) void stall.then(() => carryLate(request));
      throwIfAborted(request, true);
    }
    await process.running();
  }

  async function carryLate(request: TransportRequest): Promise<void> {
    const { signal: _, ...late } = request;
    network.effect('given up, and carried out later');
    network.note(request, 'is carried out late');
    network.arrives(late);
    const answer = await inner.send(late).catch(() => undefined);
    if (answer !== undefined) network.answered(late, answer.status);
  }

  async function plain(request: TransportRequest, beforeMs = 0, afterMs = 0): Promise<TransportResponse> {
    await way(beforeMs);
    throwIfAborted(request, false);
    const answer = await carry(request).catch((error: unknown) => ({ error }));
    await way(afterMs);
    if ('error' in answer) throw answer.error;
    refuseIfDown(network, true);
    throwIfAborted(request, true);
    return answer;
  }

  async function faulty(request: TransportRequest, fault: RequestFault): Promise<TransportResponse> {
    network.note(request, `meets ${JSON.stringify(fault)}`);
    for (const effect of effectsOf(request, fault)) network.effect(effect);
    if (fault.kind === 'slow') return plain(request, fault.beforeMs, fault.afterMs);
    if (isStop(fault) && !fault.applied) process[fault.kind](fault.ms);
    await way();
    throwIfAborted(request, false);
    if (isStop(fault)) {
      const answer = await carry(request);
      if (fault.applied) process[fault.kind](fault.ms);
      await way();
      return answer;
    }
    if (fault.applied) await drained(await carry(request));
    switch (fault.kind) {
      case 'refuse':
        await way();
        return refusal(fault.status);
      case 'reset':
        await way();
        throw new TransportError('the connection was reset', { sent: true });
      case 'hang':
        return hanging(request);
      case 'crash':
        return network.crash(fault.restartMs);
      default:
        return fault satisfies never;
    }
  }

  /**
   * What is watched with an event lost. No API server does that, so it must not last: with calm such a watch ends, and
   * the next one, which would go on behind the loss, is too old.
   */
  const incomplete = new Set<string>();

  async function watching(request: TransportRequest): Promise<TransportResponse> {
    const fault = network.streamFaultOf(request);
    const { watch, cut, forget } = cuttable(request, network);
    const answer = await plain(watch);
    const [watched = ''] = request.path.split('?');
    if (network.isCalm() && incomplete.delete(watched)) {
      cut();
      forget();
      return { ...answer, body: only(GONE) };
    }
    const atLoss = () => {
      incomplete.add(watched);
      network.onCalm(cut);
    };
    const { signal } = watch;
    const body = faultyStream(answer.body, { process, network, fault, signal, atLoss, atEnd: forget });
    return { ...answer, body };
  }

  return {
    async send(request) {
      await process.running();
      if (isWatch(request)) return watching(request);
      const fault = network.faultOf(request, classOf(request));
      const answer = await (fault === undefined ? plain(request) : faulty(request, fault)).catch(
        (error: unknown) => {
          network.failed(request);
          throw error;
        },
      );
      if (answer.status !== 200) network.failed(request);
      if (request.method !== 'GET') network.note(request, String(answer.status));
      return answer;
    },
    close: () => inner.close(),
  };
}

/** A write is what changes something; a dry run does not. */
export function classOf(request: TransportRequest): Exclude<RequestClass, 'watch'> {
  if (request.lane === 'lease') return 'lease';
  if (request.method === 'GET' && request.path.includes('continue=')) return 'page';
  if (request.method === 'GET' && /\/(pods|runs|omjobs)\/[^/?]+(\?|$)/.test(request.path)) return 'fresh';
  if (request.method === 'PUT' && /\/configmaps\/endwell-admission(\?|$)/.test(request.path)) return 'batch';
  return request.method === 'GET' || request.path.includes('dryRun=') ? 'read' : 'write';
}

type Stop = RequestFault & { readonly kind: 'pause' | 'suspend' };

function isStop(fault: RequestFault): fault is Stop {
  return fault.kind === 'pause' || fault.kind === 'suspend';
}

function effectsOf(request: TransportRequest, fault: RequestFault): Effect[] {
  const of = classOf(request);
  const { kind } = fault;
  const isLost = kind === 'refuse' || kind === 'reset' || kind === 'hang';
  return [
    ...(kind === 'refuse' ? [`refused with ${fault.status}` as const] : []),
    ...(isLost && of === 'fresh' ? ['read refused past the cache' as const] : []),
    ...(kind === 'refuse' && fault.status === 410 && of === 'page' ? ['next page too old' as const] : []),
    ...(isLost && of === 'write' && fault.applied ? ['write applied, answer lost' as const] : []),
    ...(kind === 'crash' && of !== 'write' ? [] : (REQUEST_EFFECTS[kind] ?? [])),
  ];
}

const REQUEST_EFFECTS: Readonly<Partial<Record<RequestFault['kind'], readonly Effect[]>>> = {
  reset: ['connection reset'],
  hang: ['no answer'],
  slow: ['slow request'],
  crash: ['crash at a write'],
  pause: ['stopped at a request'],
  suspend: ['suspended at a request'],
};

/** A watch that ends when all are cut. */
function cuttable(
  request: TransportRequest,
  network: Network,
): { readonly watch: TransportRequest; readonly cut: () => void; readonly forget: () => void } {
  const end = new AbortController();
  const cut = () => end.abort(new Error('the connection was cut'));
  const forgets = [network.onCut(cut), onAbort(request.signal, () => end.abort(request.signal?.reason))];
  return {
    watch: { ...request, signal: end.signal },
    cut,
    forget() {
      for (const forget of forgets) forget();
    },
  };
}

function refuseIfDown(network: Network, sent: boolean): void {
  if (network.isDown()) throw new TransportError('the API server cannot be reached', { sent });
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => onAbort(signal, resolve));
}

function isWatch(request: TransportRequest): boolean {
  return /[?&]watch=/.test(request.path);
}

function throwIfAborted(request: TransportRequest, sent: boolean): void {
  if (!request.signal?.aborted) return;
  throw new TransportError('the request was given up', { sent, cause: request.signal.reason });
}

/** Rejects when the caller has had enough. */
function hanging(request: TransportRequest): Promise<never> {
  return new Promise((_resolve, reject) => {
    const giveUp = () => {
      reject(new TransportError('no answer came', { sent: true, cause: request.signal?.reason }));
    };
    if (request.signal?.aborted) giveUp();
    else request.signal?.addEventListener('abort', giveUp, { once: true });
  });
}

async function drained(answer: TransportResponse): Promise<void> {
  const parts: Uint8Array[] = [];
  for await (const part of answer.body) parts.push(part);
}

const REASONS = {
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
} as const;

function refusal(status: keyof typeof REASONS): TransportResponse {
  return statusAnswer(status, REASONS[status], 'injected by the simulation');
}

/** A Status as an API server sends it. */
export function statusAnswer(code: number, reason: string, message: string): TransportResponse {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return {
    status: code,
    headers: { 'content-type': 'application/json' },
    body: only(new TextEncoder().encode(JSON.stringify(body))),
  };
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
