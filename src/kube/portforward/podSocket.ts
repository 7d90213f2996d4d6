import { WebSocket } from 'undici';
import type { ClusterConnection } from '../transport/undiciTransport.ts';

/** One forwarded connection, seen from here. */
export interface PodSocket {
  send(bytes: Uint8Array): void;
  close(): void;
  /** Resolves when the pod's side ended; rejects with what it said of an error. */
  readonly ended: Promise<void>;
}

const PROTOCOL = 'v4.channel.k8s.io';
/** First byte of each frame: one pair of channels for each port, and we ask for one port. */
const DATA = 0;
const ERROR = 1;
/** The first frame of each channel repeats the port, in two bytes. */
const PORT_FRAME_BYTES = 3;

/** Opens a WebSocket to `path` and gives the bytes of its data channel to `onData`. Rejects when it can't be opened. */
export function podSocket(
  connection: ClusterConnection,
  path: string,
  onData: (bytes: Uint8Array) => void,
): Promise<PodSocket> {
  const { dispatcher, server } = connection;
  const socket = new WebSocket(server.replace(/^http/, 'ws') + path, {
    protocols: [PROTOCOL],
    dispatcher,
    headers: headerPairs(connection),
  });
  socket.binaryType = 'arraybuffer';
  const ended = watchFrames(socket, onData);
  // Its rejection also reaches the opener; whoever holds the socket hears it from `ended`.
  ended.catch(() => {});
  return new Promise((resolve, reject) => {
    socket.addEventListener('open', () => {
      resolve({ send: (bytes) => sendData(socket, bytes), close: () => socket.close(), ended });
    });
    ended.then(() => reject(new Error('it was closed before it was open')), reject);
  });
}

function watchFrames(socket: WebSocket, onData: (bytes: Uint8Array) => void): Promise<void> {
  const seen = new Set<number>();
  return new Promise((resolve, reject) => {
    socket.addEventListener('message', (event) => {
      if (!(event.data instanceof ArrayBuffer)) return;
      const frame = new Uint8Array(event.data);
      const channel = frame[0] ?? DATA;
      const isFirst = !seen.has(channel);
      seen.add(channel);
      if (isFirst && frame.length === PORT_FRAME_BYTES) return;
      if (channel === DATA) onData(frame.subarray(1));
      if (channel === ERROR && frame.length > 1) {
        reject(new Error(Buffer.from(frame.subarray(1)).toString('utf8').trim()));
        socket.close();
      }
    });
    socket.addEventListener('error', () => {
      reject(
        new Error(
          'the API server refused or cut the connection; is the pod running, and may you forward to it?',
        ),
      );
    });
    socket.addEventListener('close', () => resolve());
  });
}

function sendData(socket: WebSocket, bytes: Uint8Array): void {
  if (socket.readyState !== WebSocket.OPEN) return;
  const frame = new Uint8Array(bytes.length + 1);
  frame[0] = DATA;
  frame.set(bytes, 1);
  socket.send(frame);
}

function headerPairs(connection: ClusterConnection): [string, string][] {
  return Object.entries(connection.headers).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((each): [string, string] => [name, each]),
  );
}
