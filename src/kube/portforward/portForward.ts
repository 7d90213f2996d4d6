import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { nameOf, objectPath } from '../client/paths.ts';
import { KubeError, UnreachableError } from '../errors.ts';
import { pods } from '../resources.ts';
import type { ClusterConnection, UndiciTransport } from '../transport/undiciTransport.ts';
import type { ObjectRef } from '../types.ts';
import type { PodSocket } from './podSocket.ts';
import { podSocket } from './podSocket.ts';

/** A port of a pod, reachable on this machine's loopback. */
export interface PortForward {
  /** On 127.0.0.1. */
  readonly port: number;
  /** Ends the listener and every connection. */
  close(): Promise<void>;
}

/** How a port is forwarded. */
export interface PortForwardOptions {
  /** 0, the default: a free one. */
  readonly localPort?: number;
  /** A connection failed (the pod is gone, nothing listens in it, no right to forward); the listener goes on. */
  readonly onError?: (error: KubeError) => void;
}

/**
 * Forwards a loopback port to `podPort` of a pod, through the API server: each connection is a WebSocket of its own
 * (pods/portforward, v4.channel.k8s.io). That protocol can't close one direction alone: when either side ends, both do.
 * Throws UnreachableError when the local port can't be had.
 */
export async function portForward(
  transport: UndiciTransport,
  ref: ObjectRef,
  podPort: number,
  options: PortForwardOptions = {},
): Promise<PortForward> {
  const path = `${objectPath(pods, ref, 'portforward')}?ports=${podPort}`;
  const action = `forwarding a port to ${podPort} of ${nameOf(pods, ref)}`;
  const open = new Set<Socket>();

  const server = createServer({ pauseOnConnect: true }, (local) => {
    open.add(local);
    local.on('close', () => open.delete(local));
    local.on('error', () => local.destroy());
    join(transport, path, local).catch((cause: unknown) => {
      local.destroy();
      options.onError?.(failure(action, cause));
    });
  });
  await listen(server, options.localPort ?? 0).catch((cause: unknown) => {
    throw failure(action, cause);
  });

  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const local of open) local.destroy();
      await closed;
    },
  };
}

/** Carries bytes both ways until one side ends; rejects with what the pod's side said. */
async function join(transport: UndiciTransport, path: string, local: Socket): Promise<void> {
  const connection = await transport.connection();
  const remote = await openRemote(connection, path, local);
  local.on('data', (chunk: Buffer) => remote.send(chunk));
  local.on('close', () => remote.close());
  if (local.destroyed) remote.close();
  local.resume();
  await remote.ended;
  local.end();
}

function openRemote(connection: ClusterConnection, path: string, local: Socket): Promise<PodSocket> {
  return podSocket(connection, path, (bytes) => {
    if (!local.destroyed) local.write(bytes);
  });
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function failure(action: string, cause: unknown): KubeError {
  if (cause instanceof KubeError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UnreachableError({
    message: `${action}: ${why}`,
    phase: 'stream',
    reason: 'Unreachable',
    cause,
  });
}
