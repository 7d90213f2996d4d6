import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** Where to listen. */
export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** A port can't be had: another process has it, or this one may not. */
export class PortError extends Error {
  override readonly name = 'PortError';
}

/** Listens and returns the URL that reaches it. Refuses with `PortError`. */
export async function listen(app: FastifyInstance, { host, port }: Address, what: string): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    throw new PortError(`listening for ${what} on ${host}:${port}: ${reasonOf(cause)}`, { cause });
  }
  const address = app.addresses()[0] as AddressInfo | undefined;
  const shown = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${shown.includes(':') ? `[${shown}]` : shown}:${address?.port ?? port}`;
}

function reasonOf(cause: unknown): string {
  const { code, message } = cause as { code?: string; message?: string };
  if (code === 'EADDRINUSE') return 'the port is taken; choose another one, or 0 for any';
  if (code === 'EACCES') return 'this user may not use the port; choose one above 1023';
  if (code === 'EADDRNOTAVAIL') return 'this machine has no such address';
  return message ?? 'unknown reason';
}
