import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../ports/clock.ts';
import type { KubeError } from '../errors.ts';
import { accessTo } from '../testing/misbehavingServer.ts';
import type { PodBehaviour } from '../testing/portForwardServer.ts';
import { startPortForwardServer } from '../testing/portForwardServer.ts';
import { undiciTransport } from '../transport/undiciTransport.ts';
import type { PortForward } from './portForward.ts';
import { portForward } from './portForward.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function forwardTo(
  behave: PodBehaviour,
  pod = 'web',
): Promise<{ forward: PortForward; errors: KubeError[] }> {
  const server = await startPortForwardServer(behave);
  const access = accessTo(server.url, { login: { kind: 'token', token: 'secret' } });
  const transport = undiciTransport(access, { clock: systemClock });
  const errors: KubeError[] = [];
  const ref = { namespace: 'default', name: pod };
  const forward = await portForward(transport, ref, 8080, { onError: (error) => errors.push(error) });
  closing.push(
    () => server.close(),
    () => transport.close(),
    () => forward.close(),
  );
  return { forward, errors };
}

/** What comes back to one connection that says `said`, until it is closed. */
async function talk(port: number, said: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let heard = '';
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  socket.on('error', () => {});
  socket.write(said);
  await new Promise((resolve) => {
    socket.on('close', resolve);
  });
  return heard;
}

describe('portForward', () => {
  it('carries bytes both ways, each connection for itself, as the user of the kubeconfig', async () => {
    const seen = new Set<string>();
    const { forward, errors } = await forwardTo((port, bytes) => {
      seen.add(`${port.path} ${port.headers.authorization} ${port.headers['sec-websocket-protocol']}`);
      port.send(`heard ${bytes.toString()}`);
      port.end();
    });
    expect(await Promise.all([talk(forward.port, 'one'), talk(forward.port, 'two')])).toEqual([
      'heard one',
      'heard two',
    ]);
    expect(errors).toEqual([]);
    expect([...seen]).toEqual([
      '/api/v1/namespaces/default/pods/web/portforward?ports=8080 Bearer secret v4.channel.k8s.io',
    ]);
  });

  it("says what the pod's side says, ends that connection and goes on", async () => {
    const { forward, errors } = await forwardTo((port, bytes) => {
      if (bytes.toString() === 'bad') port.fail('connection refused');
      else port.end();
    });
    expect(await talk(forward.port, 'bad')).toBe('');
    await expect
      .poll(() => errors.map((error) => error.message))
      .toEqual(['forwarding a port to 8080 of pods default/web: connection refused']);
    expect(await talk(forward.port, 'good')).toBe('');
  });

  it('says that the API server refused', async () => {
    const { forward, errors } = await forwardTo(() => {}, 'gone');
    expect(await talk(forward.port, 'x')).toBe('');
    await expect
      .poll(() => errors.map((error) => error.message))
      .toEqual([expect.stringContaining('the API server refused or cut the connection') as string]);
  });

  it('ends every connection when it is closed', async () => {
    let heard = 0;
    const { forward } = await forwardTo(() => {
      heard += 1;
    });
    const talking = talk(forward.port, 'x');
    await expect.poll(() => heard).toBe(1);
    await forward.close();
    expect(await talking).toBe('');
  });

  it('says that a local port is taken', async () => {
    const { forward } = await forwardTo(() => {});
    const transport = undiciTransport(accessTo('http://127.0.0.1:1'), { clock: systemClock });
    const again = portForward(transport, { namespace: 'default', name: 'web' }, 1, {
      localPort: forward.port,
    });
    await expect(again).rejects.toThrow(/^forwarding a port to 1 of pods default\/web: listen EADDRINUSE/);
  });
});
