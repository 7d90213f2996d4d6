import type {
  Transport,
  TransportRequest,
  TransportResponse,
} from '../../../src/kube/transport/transport.ts';
import { TransportError } from '../../../src/kube/transport/transport.ts';
import type { Clock } from '../../../src/ports/clock.ts';

/** A request that took effect, or was refused. */
export interface Carried {
  /** `POST pods`, `PUT runs/status`: verb and resource. */
  readonly what: string;
  readonly status: number;
  /** Monotonic ms at which the server took it. */
  readonly at: number;
}

/** A process that can be stopped as by SIGSTOP, with a wall clock of its own, and a network that can be slow. */
export class TestProcess {
  readonly clock: Clock;
  readonly carried: Carried[] = [];
  /** Whether a request is to stay in the network until `deliver`. Asked until it once said yes. */
  holds: ((what: string) => boolean) | undefined;
  readonly #base: Clock;
  #isPaused = false;
  #waiting: (() => void)[] = [];
  #wallOffset = 0;
  #delivers: (() => void) | undefined;

  constructor(base: Clock) {
    this.#base = base;
    this.clock = {
      now: () => base.now() + this.#wallOffset,
      monotonic: () => base.monotonic(),
      after: (ms, fn) => {
        let isCancelled = false;
        const timer = base.after(ms, () => this.#when(() => isCancelled || fn()));
        const cancel = () => {
          isCancelled = true;
          timer.cancel();
        };
        return { cancel };
      },
    };
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    for (const fn of this.#waiting.splice(0)) fn();
  }

  shiftWall(ms: number): void {
    this.#wallOffset += ms;
  }

  /** Whether a request is being held. */
  isHolding(): boolean {
    return this.#delivers !== undefined;
  }

  /** The held request arrives at last. */
  deliver(): void {
    this.#delivers?.();
    this.#delivers = undefined;
  }

  /** The transport of this process. */
  through(inner: Transport): Transport {
    return {
      send: async (request) => {
        const what = whatOf(request);
        const sent = this.#isHeld(what) ? this.#late(inner, request) : inner.send(request);
        const response = await this.#gatedAnswer(sent);
        this.carried.push({ what, status: response.status, at: this.#base.monotonic() });
        return { ...response, body: this.#gated(response.body) };
      },
      close: () => inner.close(),
    };
  }

  #isHeld(what: string): boolean {
    if (this.#delivers !== undefined || this.holds?.(what) !== true) return false;
    this.holds = undefined;
    return true;
  }

  /** What has left the process arrives, though the process gave it up meanwhile. */
  async #late(inner: Transport, request: TransportRequest): Promise<TransportResponse> {
    await new Promise<void>((resolve) => {
      this.#delivers = resolve;
    });
    const { signal, ...unbounded } = request;
    const response = await inner.send(unbounded);
    if (signal?.aborted) {
      this.carried.push({
        what: `late ${whatOf(request)}`,
        status: response.status,
        at: this.#base.monotonic(),
      });
      throw new TransportError('the request was aborted', { sent: true, cause: signal.reason });
    }
    return response;
  }

  /** A stopped process hears of nothing, be it an answer or a failure. */
  async #gatedAnswer(sent: Promise<TransportResponse>): Promise<TransportResponse> {
    try {
      return await sent;
    } finally {
      await this.#running();
    }
  }

  async *#gated(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      await this.#running();
      yield chunk;
    }
  }

  #running(): Promise<void> {
    return new Promise((resolve) => this.#when(resolve));
  }

  #when(fn: () => void): void {
    if (this.#isPaused) this.#waiting.push(fn);
    else fn();
  }
}

/** Verb and resource of a request, as `PATCH pods` or `PUT runs/status`. */
function whatOf({ method, path, body }: TransportRequest): string {
  const [resource = '', , subresource] = path
    .replace(/\?.*/, '')
    .replace(/^\/(api\/v1|apis\/[^/]+\/[^/]+)\/(namespaces\/[^/]+\/(?=.))?/, '')
    .split('/');
  const dry = path.includes('dryRun') ? 'dry ' : '';
  const stage = /"endwell.dev\/stage":"(\w+)"/.exec(body ?? '')?.[1];
  const gate = body?.includes('schedulingGates') && method === 'PATCH' ? ' ungate' : '';
  const finalizer = body?.includes('/metadata/finalizers') ? ' release' : '';
  const of = stage !== undefined && method === 'POST' ? ` ${stage}` : '';
  return `${dry}${method} ${resource}${subresource === undefined ? '' : `/${subresource}`}${of}${gate}${finalizer}`;
}
