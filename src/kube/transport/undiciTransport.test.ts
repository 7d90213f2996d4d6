import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../ports/clock.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import type { ClusterAccess } from '../config/access.ts';
import type { Command } from '../config/machine.ts';
import type { Behaviour, MisbehavingServer } from '../testing/misbehavingServer.ts';
import { accessTo, fixture, startMisbehavingServer } from '../testing/misbehavingServer.ts';
import type { Transport, TransportRequest } from './transport.ts';
import type { UndiciTransportParts } from './undiciTransport.ts';
import { undiciTransport } from './undiciTransport.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const ok: Behaviour = (_request, wire) => wire.json(200, { ok: true });

async function serve(behave: Behaviour = ok, tls?: 'server' | 'other-server'): Promise<MisbehavingServer> {
  const server = await startMisbehavingServer(behave, tls);
  closing.push(() => server.close());
  return server;
}

function transportTo(access: ClusterAccess, parts: Partial<UndiciTransportParts> = {}): Transport {
  const transport = undiciTransport(access, { clock: systemClock, env: {}, ...parts });
  closing.push(() => transport.close());
  return transport;
}

const get = (more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: 'GET',
  path: '/version',
  headers: {},
  lane: 'read',
  ...more,
});

async function statusOf(transport: Transport, request = get()): Promise<number> {
  const response = await transport.send(request);
  for await (const chunk of response.body) expect(chunk.length).toBeGreaterThan(0);
  return response.status;
}

const ca = { kind: 'data', pem: fixture('ca.pem') } as const;
const clientCertificate = {
  certificate: { kind: 'data', pem: fixture('client.pem') },
  key: { kind: 'data', pem: fixture('client.key') },
} as const;

describe('undiciTransport', () => {
  it('makes 500 requests one after another over two TLS connections at most', async () => {
    const server = await serve(ok, 'server');
    const transport = transportTo(accessTo(server.url, { ca }));
    for (let i = 0; i < 500; i++) expect(await statusOf(transport)).toBe(200);
    expect(server.connectionCount()).toBeLessThanOrEqual(2);
  });

  it("gives the lease a connection of its own, which work that hangs can't hold up", async () => {
    const server = await serve((request, wire) => {
      if (request.path === '/lease') wire.json(200, {});
    });
    const transport = transportTo(accessTo(server.url));
    const stop = new AbortController();
    const hanging = Array.from({ length: 100 }, () =>
      transport.send(get({ path: '/hang', lane: 'create', signal: stop.signal })),
    );
    const ends = Promise.allSettled(hanging);
    expect(await statusOf(transport, get({ path: '/lease', lane: 'lease' }))).toBe(200);
    stop.abort(new Error('stop'));
    expect((await ends).every((end) => end.status === 'rejected')).toBe(true);
  });

  it('shows its client certificate', async () => {
    const server = await serve(ok, 'server');
    await statusOf(transportTo(accessTo(server.url, { ca, clientCertificate })));
    expect(server.requests[0]?.certificateName).toBe('tester');
  });

  it('keeps the path of the server, and impersonates with several groups', async () => {
    const server = await serve();
    const impersonation = { user: 'ann', uid: undefined, groups: ['a', 'b'], extra: { 'x/y': ['1'] } };
    await statusOf(transportTo(accessTo(`${server.url}/k8s/c-1`, { impersonation })));
    expect(server.requests[0]).toMatchObject({
      path: '/k8s/c-1/version',
      headers: { 'impersonate-user': 'ann', 'impersonate-group': 'a, b', 'impersonate-extra-x%2fy': '1' },
    });
  });

  it('accepts a server by another name only when told', async () => {
    const server = await serve(ok, 'server');
    const byName = server.url.replace('127.0.0.1', 'localhost');
    const refused = statusOf(transportTo(accessTo(byName, { ca })));
    await expect(refused).rejects.toThrow(/is for another name; set tls-server-name in context "test"/);
    expect(await statusOf(transportTo(accessTo(byName, { ca, tlsServerName: 'api.test' })))).toBe(200);
  });

  it('refuses a server that the authority did not sign, and says so; skips the check only when told', async () => {
    const server = await serve(ok, 'other-server');
    await expect(statusOf(transportTo(accessTo(server.url, { ca })))).rejects.toThrow(
      /not signed by the certificate-authority of context "test"/,
    );
    expect(await statusOf(transportTo(accessTo(server.url, { insecureSkipTlsVerify: true })))).toBe(200);
  });

  it('takes up an authority that was replaced in its file', async () => {
    const server = await serve(ok, 'other-server');
    let pem = fixture('ca.pem');
    const access = accessTo(server.url, { ca: { kind: 'file', path: '/ca.crt' } });
    const transport = transportTo(access, { readFile: async () => pem });
    await expect(statusOf(transport)).rejects.toThrow(/not signed/);
    pem = fixture('other-ca.pem');
    expect(await statusOf(transport)).toBe(200);
  });

  it('follows a token file that rotates: within a minute, and at once after a 401', async () => {
    const clock = virtualClock();
    let token = 'first\n';
    let valid = 'Bearer first';
    const server = await serve((request, wire) => {
      wire.json(request.headers.authorization === valid ? 200 : 401, {});
    });
    const access = accessTo(server.url, { login: { kind: 'tokenFile', path: '/token' } });
    const transport = transportTo(access, { clock, readFile: async () => token });
    expect(await statusOf(transport)).toBe(200);
    token = 'second';
    await clock.advance(61_000);
    valid = 'Bearer second';
    expect(await statusOf(transport)).toBe(200);
    token = 'third';
    valid = 'Bearer third';
    expect(await statusOf(transport)).toBe(200);
    expect(server.requests.map((request) => request.headers.authorization)).toEqual([
      'Bearer first',
      'Bearer second',
      'Bearer second',
      'Bearer third',
    ]);
  });

  it('answers 401 when no other credential is to be had', async () => {
    const server = await serve((_request, wire) => wire.json(401, {}));
    expect(await statusOf(transportTo(accessTo(server.url, { login: { kind: 'token', token: 'x' } })))).toBe(
      401,
    );
    expect(server.requests).toHaveLength(1);
  });

  it('asks an exec plugin once for many, again when its answer expired or was refused', async () => {
    const clock = virtualClock(1_800_000_000_000);
    const runs: Command[] = [];
    const server = await serve((request, wire) => {
      wire.json(request.headers.authorization === 'Bearer token2' ? 401 : 200, {});
    });
    const transport = transportTo(accessTo(server.url, { login: { kind: 'exec', plugin } }), {
      clock,
      env: { PATH: '/bin' },
      async runCommand(command) {
        runs.push(command);
        const status = {
          token: `token${runs.length}`,
          expirationTimestamp: new Date(clock.now() + 60_000).toISOString(),
        };
        return { code: 0, stdout: JSON.stringify({ apiVersion: plugin.apiVersion, status }), stderr: '' };
      },
    });
    expect(await Promise.all([statusOf(transport), statusOf(transport), statusOf(transport)])).toEqual([
      200, 200, 200,
    ]);
    expect(runs).toHaveLength(1);
    expect(runs[0]).toMatchObject({ command: 'login', args: ['token'], env: { PATH: '/bin', A: 'b' } });
    await clock.advance(60_001);
    expect(await statusOf(transport)).toBe(200);
    expect(runs).toHaveLength(3);
  });

  it('says that a plugin failed when it was asked again after a 401, and frees the connection', async () => {
    let runs = 0;
    const server = await serve((_request, wire) => {
      wire.head(401);
      wire.write('{');
    });
    const transport = transportTo(accessTo(server.url, { login: { kind: 'exec', plugin } }), {
      async runCommand() {
        runs += 1;
        const stdout = JSON.stringify({ apiVersion: plugin.apiVersion, status: { token: 'x' } });
        return runs === 1 ? { code: 0, stdout, stderr: '' } : { code: 1, stdout: '', stderr: 'expired' };
      },
    });
    await expect(statusOf(transport)).rejects.toThrow(/it ended with 1: expired/);
    await expect.poll(() => server.openConnections()).toBe(0);
  });

  it('shows the client certificate that an exec plugin gave', async () => {
    const server = await serve(ok, 'server');
    const status = { clientCertificateData: fixture('client.pem'), clientKeyData: fixture('client.key') };
    const stdout = JSON.stringify({ apiVersion: plugin.apiVersion, status });
    const transport = transportTo(accessTo(server.url, { ca, login: { kind: 'exec', plugin } }), {
      runCommand: async () => ({ code: 0, stdout, stderr: '' }),
    });
    expect(await statusOf(transport)).toBe(200);
    expect(server.requests[0]?.certificateName).toBe('tester');
  });

  it('says why an exec plugin gave nothing', async () => {
    const failing = (answer: { code: number | null; stdout: string; stderr: string }) =>
      statusOf(
        transportTo(accessTo('http://127.0.0.1:1', { login: { kind: 'exec', plugin } }), {
          runCommand: async () => answer,
        }),
      );
    await expect(failing({ code: 1, stdout: '', stderr: 'warning\nnot logged in\n' })).rejects.toThrow(
      'getting a credential from "login" for context "test": it ended with 1: not logged in; run it by hand, or log in again',
    );
    await expect(failing({ code: 0, stdout: 'secret', stderr: '' })).rejects.toThrow(
      /no ExecCredential as JSON$/,
    );
    const missing = transportTo(accessTo('http://127.0.0.1:1', { login: { kind: 'exec', plugin } }), {
      runCommand: async () => {
        throw Object.assign(new Error('spawn login ENOENT'), { code: 'ENOENT' });
      },
    });
    await expect(statusOf(missing)).rejects.toThrow(/\(no such program\): get it at example.test$/);
  });

  it('knows that a request certainly reached nobody', async () => {
    const server = await startMisbehavingServer(ok);
    await server.close();
    await expect(statusOf(transportTo(accessTo(server.url)))).rejects.toMatchObject({
      sent: false,
      message: expect.stringContaining('nothing listens there') as string,
    });
  });

  it('knows that a request may have been processed', async () => {
    const server = await serve((_request, wire) => wire.reset());
    await expect(statusOf(transportTo(accessTo(server.url)))).rejects.toMatchObject({ sent: true });
  });

  it('lets an aborted request go, and its connection', async () => {
    let gone: Promise<void> | undefined;
    const stop = new AbortController();
    const server = await serve((_request, wire) => {
      gone = wire.gone;
      stop.abort(new Error('stop'));
    });
    const sent = statusOf(transportTo(accessTo(server.url)), get({ signal: stop.signal }));
    await expect(sent).rejects.toMatchObject({ sent: true });
    await gone;
    expect(server.requests).toHaveLength(1);
  });

  it('refuses a key that does not belong to its certificate', async () => {
    const key = { kind: 'data', pem: fixture('server.key') } as const;
    const access = accessTo('https://127.0.0.1:1', { clientCertificate: { ...clientCertificate, key } });
    await expect(statusOf(transportTo(access))).rejects.toThrow(
      /client-certificate and client-key are no valid set/,
    );
  });

  it('fails what is in flight when it is closed, and takes nothing more', async () => {
    const server = await serve(() => {});
    const transport = transportTo(accessTo(server.url));
    const hanging = statusOf(transport);
    const outcome = expect(hanging).rejects.toThrow();
    await expect.poll(() => server.requests.length).toBe(1);
    await transport.close();
    await outcome;
    await expect(statusOf(transport)).rejects.toMatchObject({ sent: false });
  });
});

const plugin = {
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'login',
  args: ['token'],
  env: { A: 'b' },
  installHint: 'get it at example.test',
  provideClusterInfo: true,
  clusterConfig: undefined,
} as const;
