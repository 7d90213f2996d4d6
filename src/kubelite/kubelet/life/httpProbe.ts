import { get } from 'node:http';
import { get as getTls } from 'node:https';
import { connect } from 'node:net';
import type { Container, HTTPGetAction } from 'kubernetes-types/core/v1.d.ts';

/** Pods share this machine's network: a probe goes to this address unless it names a host. */
const LOCAL_ADDRESS = '127.0.0.1';

/** GETs as the action says. Undefined for an answer from 200 to 399, else why it isn't good. Throws when there is none. */
export function probeHttp(
  action: HTTPGetAction,
  container: Container,
  signal: AbortSignal,
): Promise<string | undefined> {
  const tls = action.scheme === 'HTTPS';
  const headers = Object.fromEntries((action.httpHeaders ?? []).map(({ name, value }) => [name, value]));
  const options = {
    host: action.host ?? LOCAL_ADDRESS,
    port: portOf(action.port, container),
    path: action.path ?? '/',
    headers,
    signal,
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const answer = (response: { statusCode?: number | undefined; resume(): void }) => {
      response.resume();
      const code = response.statusCode ?? 0;
      resolve(code >= 200 && code < 400 ? undefined : `HTTP probe failed with statuscode: ${code}`);
    };
    // A pod's certificate is never checked by a kubelet.
    const request = tls ? getTls({ ...options, rejectUnauthorized: false }, answer) : get(options, answer);
    request.on('error', reject);
  });
}

/** Connects and hangs up. Throws when nobody listens. */
export function probeTcp(
  action: { readonly host?: string; readonly port: number | string },
  container: Container,
  signal: AbortSignal,
): Promise<undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(portOf(action.port, container), action.host ?? LOCAL_ADDRESS);
    const giveUp = () => socket.destroy(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    socket.on('close', () => signal.removeEventListener('abort', giveUp));
    socket.on('connect', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on('error', reject);
  });
}

function portOf(port: number | string, container: Container): number {
  const named = (container.ports ?? []).find((one) => one.name === port)?.containerPort;
  const number = named ?? Number(port);
  if (!Number.isInteger(number)) throw new Error(`container ${container.name} has no port named ${port}`);
  return number;
}
