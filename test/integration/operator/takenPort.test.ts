import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endwell } from '../../support/product.ts';

const folder = mkdtempSync(join(tmpdir(), 'endwell-port-'));
const taken = createServer();

afterAll(() => {
  taken.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Of an API server that does not answer: an operator would go on trying for ever. */
function kubeconfig(): string {
  const path = join(folder, 'kubeconfig');
  const config = {
    'current-context': 'a',
    contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
    clusters: [{ name: 'a', cluster: { server: 'http://127.0.0.1:1' } }],
    users: [{ name: 'a', user: {} }],
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
}

describe.each(['operator', 'server'])('endwell %s', (command) => {
  it('ends, saying so, when its health port is taken: nothing of it goes on without being seen', async () => {
    if (!taken.listening) await once(taken.listen(0, '127.0.0.1'), 'listening');
    const { port } = taken.address() as AddressInfo;
    const flags = ['--kubeconfig', kubeconfig(), '--health-host', '127.0.0.1', '--health-port', String(port)];
    const address = command === 'server' ? ['--host', '127.0.0.1', '--port', '0'] : [];
    const end = endwell([command, ...flags, ...address]);
    await expect(end).rejects.toMatchObject({ stderr: expect.stringMatching(String(port)) });
  });
});
