import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** The pod's side of one forwarded connection, as the test plays it. */
export interface ForwardedPort {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  send(bytes: string): void;
  /** What a kubelet says of a port where nothing listens. */
  fail(message: string): void;
  end(): void;
}

/** What the pod does with bytes that arrive. */
export type PodBehaviour = (port: ForwardedPort, bytes: Buffer) => void;

/** From RFC 6455, section 1.3. */
const HANDSHAKE_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const BINARY = 0x82;
const CLOSE = 0x88;
const MASKED = 0x80;

/** An API server that only forwards ports (v4.channel.k8s.io); answers 404 for a path without `pods/web/`. */
export async function startPortForwardServer(
  behave: PodBehaviour,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    if (request.url?.includes('/pods/web/') === true) forward(request, socket, behave);
    else socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function forward(request: IncomingMessage, socket: Socket, behave: PodBehaviour): void {
  const key = createHash('sha1')
    .update(`${request.headers['sec-websocket-key']}${HANDSHAKE_GUID}`)
    .digest('base64');
  socket.write(
    `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${key}\r\nsec-websocket-protocol: ${request.headers['sec-websocket-protocol']}\r\n\r\n`,
  );
  const port: ForwardedPort = {
    path: request.url ?? '',
    headers: request.headers,
    send: (bytes) => socket.write(frame(BINARY, Buffer.from(`\0${bytes}`))),
    fail: (message) => socket.write(frame(BINARY, Buffer.from(`\x01${message}`))),
    end: () => socket.write(frame(CLOSE, Buffer.from([0x03, 0xe8]))),
  };
  for (const channel of [0, 1]) socket.write(frame(BINARY, Buffer.from([channel, 0x90, 0x1f])));
  let rest: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let next = unframe(rest); next !== undefined; next = unframe(rest)) {
      rest = rest.subarray(next.length);
      if (next.type === CLOSE) socket.end(frame(CLOSE, next.payload));
      else behave(port, next.payload.subarray(1));
    }
  });
}

/** Frames up to 64 KiB: enough for tests. */
function frame(type: number, payload: Buffer): Buffer {
  if (payload.length < 126) return Buffer.concat([Buffer.from([type, payload.length]), payload]);
  const head = Buffer.from([type, 126, 0, 0]);
  head.writeUInt16BE(payload.length, 2);
  return Buffer.concat([head, payload]);
}

function unframe(bytes: Buffer): { type: number; payload: Buffer; length: number } | undefined {
  const [type = 0, size = 0] = bytes;
  const short = size & ~MASKED;
  const start = short === 126 ? 4 : 2;
  if (bytes.length < start) return undefined;
  const length = short === 126 ? bytes.readUInt16BE(2) : short;
  const end = start + 4 + length;
  if (bytes.length < end) return undefined;
  const mask = bytes.subarray(start, start + 4);
  const payload = bytes.subarray(start + 4, end).map((byte, at) => byte ^ (mask[at % 4] ?? 0));
  return { type, payload: Buffer.from(payload), length: end };
}
