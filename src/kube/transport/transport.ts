import type { Lane } from '../types.ts';

export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with its query, from `/`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly lane: Lane;
  readonly signal?: AbortSignal;
}

export interface TransportResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Must be read to the end, or its iterator returned, to give the connection back. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Carries one HTTP request to a cluster. Beside undici's there is an in-process one for kubelite. */
export interface Transport {
  /**
   * Resolves with the response's head. Rejects when there is none, and at once when the signal is aborted, with a
   * `TransportError`; with a `KubeError` where the transport itself knows better (a credential that can't be had).
   */
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Ends every connection; what is in flight fails. */
  close(): Promise<void>;
}

/** No head of an answer. `sent`: the request may have reached the server; false: it certainly did not. */
export class TransportError extends Error {
  readonly sent: boolean;

  constructor(message: string, init: { readonly sent: boolean; readonly cause?: unknown }) {
    super(message, { cause: init.cause });
    this.name = 'TransportError';
    this.sent = init.sent;
  }
}
