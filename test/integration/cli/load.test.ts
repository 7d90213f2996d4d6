import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ended, PROGRAM } from './useUp.ts';

/** Says at the end which parts of Node itself were loaded. */
const TELL =
  "data:text/javascript,process.on('exit',()=>process.stderr.write(JSON.stringify(process.moduleLoadList)))";

const server = createServer((_, response) => void response.end('{"items":[],"nextCursor":null}'));

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

describe('a call of the command line', () => {
  it('loads neither the platform’s fetch nor what only other calls need of Node', async () => {
    const { port } = server.address() as AddressInfo;
    const where = ['--server', `http://127.0.0.1:${port}`, '--token', 't'];
    const child = spawn(process.execPath, ['--import', TELL, PROGRAM, 'run', 'list', '-o', 'json', ...where]);
    const { code, err } = await ended(child);
    expect(code).toBe(0);
    const loaded = JSON.parse(err) as string[];
    expect(loaded).toContain('NativeModule http');
    expect(loaded.filter((name) => /undici|http2|_tls|crypto\/|worker_threads/.test(name))).toEqual([]);
  });
});
