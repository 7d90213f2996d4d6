import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../ports/clock.ts';
import { accessTo, fixture, startMisbehavingServer } from '../testing/misbehavingServer.ts';
import { undiciTransport } from './undiciTransport.ts';

/** A proxy on loopback that tunnels everything to one port, and what it was asked for. */
async function startProxy(port: number) {
  const asked: string[] = [];
  const open = new Set<Socket>();
  const proxy = createServer().on('connect', (request, near: Socket) => {
    asked.push(request.url ?? '');
    const far = connect(port, '127.0.0.1', () => near.write('HTTP/1.1 200 OK\r\n\r\n'));
    for (const socket of [near, far]) open.add(socket.on('error', () => {}));
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    asked,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => {
        proxy.close(resolve);
      });
    },
  };
}

describe('undiciTransport through a proxy', () => {
  it.each(['the kubeconfig', 'the environment'])('of %s: TLS from end to end', async (source) => {
    const server = await startMisbehavingServer((_request, wire) => wire.json(200, {}), 'server');
    const proxy = await startProxy(server.port);
    const named = source === 'the kubeconfig' ? { proxyUrl: proxy.url } : {};
    const access = accessTo('https://cluster.test:6443', {
      ca: { kind: 'data', pem: fixture('ca.pem') },
      tlsServerName: 'api.test',
      ...named,
    });
    const env = { HTTPS_PROXY: named.proxyUrl === undefined ? proxy.url : 'http://nobody.test' };
    const transport = undiciTransport(access, { clock: systemClock, env });
    const response = await transport.send({ method: 'GET', path: '/version', headers: {}, lane: 'read' });
    expect(response.status).toBe(200);
    expect(proxy.asked).toEqual(['cluster.test:6443']);
    await transport.close();
    await proxy.close();
    await server.close();
  });
});
