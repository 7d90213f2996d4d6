import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../ports/clock.ts';
import { accessTo, fixture, startMisbehavingServer } from '../testing/misbehavingServer.ts';
import { undiciTransport } from './undiciTransport.ts';

describe('undiciTransport with proxy-url', () => {
  it('goes to the cluster through the proxy, TLS from end to end', async () => {
    const server = await startMisbehavingServer((_request, wire) => wire.json(200, {}), 'server');
    const asked: string[] = [];
    const open = new Set<Socket>();
    const proxy = createServer().on('connect', (request, near: Socket) => {
      asked.push(request.url ?? '');
      const far = connect(server.port, '127.0.0.1', () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
      for (const socket of [near, far]) open.add(socket.on('error', () => {}));
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => {
      proxy.listen(0, '127.0.0.1', resolve);
    });
    const transport = undiciTransport(
      accessTo('https://cluster.test:6443', {
        ca: { kind: 'data', pem: fixture('ca.pem') },
        tlsServerName: 'api.test',
        proxyUrl: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
      }),
      { clock: systemClock },
    );
    const response = await transport.send({ method: 'GET', path: '/version', headers: {}, lane: 'read' });
    expect(response.status).toBe(200);
    expect(asked).toEqual(['cluster.test:6443']);
    await transport.close();
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => {
      proxy.close(resolve);
    });
    await server.close();
  });
});
