import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LiveReport, ReadyReport } from './health.ts';

/** What the listener shows. */
export interface HealthSource {
  ready(): ReadyReport;
  live(): LiveReport;
  metrics(): Promise<{ readonly text: string; readonly contentType: string }>;
}

/** A listener that answers. */
export interface HealthServer {
  /** `http://127.0.0.1:8081`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves /livez, /readyz and /metrics. Rejects when the port can't be had. */
export async function serveHealth(
  source: HealthSource,
  address: { readonly host: string; readonly port: number },
): Promise<HealthServer> {
  const server = createServer(answer(source));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  }).catch((cause: unknown) => {
    throw new Error(
      `listening on ${address.host}:${address.port}: ${(cause as Error).message}; choose another port (--health-port)`,
      { cause },
    );
  });
  const { address: host, port, family } = server.address() as AddressInfo;
  return {
    url: `http://${family === 'IPv6' ? `[${host}]` : host}:${port}`,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(source: HealthSource): RequestListener {
  return (request, response) => {
    const send = (status: number, contentType: string, body: string) => {
      response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' });
      response.end(body);
    };
    const plain = (isGood: boolean, lines: readonly string[]) =>
      send(isGood ? 200 : 503, 'text/plain; charset=utf-8', `${lines.join('\n')}\n`);
    const path = request.url?.split('?')[0];
    if (path === '/livez') {
      const { live, problem } = source.live();
      plain(live, [problem ?? 'ok']);
    } else if (path === '/readyz') {
      const { ready, problems, warnings, role } = source.ready();
      const warned = warnings.map((line) => `warning: ${line}`);
      plain(ready, [...(ready ? [`ok (${role})`] : problems), ...warned]);
    } else if (path === '/metrics') {
      source.metrics().then(
        ({ text, contentType }) => send(200, contentType, text),
        (error: unknown) => send(500, 'text/plain; charset=utf-8', `${(error as Error).message}\n`),
      );
    } else send(404, 'text/plain; charset=utf-8', 'there are /livez, /readyz and /metrics\n');
  };
}
