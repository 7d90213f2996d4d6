import type { CliContext } from '../../../src/cli/context.ts';
import { runCli } from '../../../src/cli/runCli.ts';
import type { Services } from '../../../src/cli/services.ts';
import { systemClock, systemRandom } from '../../../src/ports/clock.ts';
import { sendRequest } from '../../../src/ports/sendRequest.ts';
import { type ServerUnderTest, TOKEN } from './serverUnderTest.ts';

/** How a command ended, and what it said. */
export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** A command of the command line as a person gives it, in this process, against the server. */
export async function endwell({ server }: ServerUnderTest, ...argv: string[]): Promise<Said> {
  const said = { out: '', err: '' };
  const context: CliContext = {
    out: (text) => void (said.out += text),
    outBytes: (bytes) => void (said.out += Buffer.from(bytes).toString()),
    err: (text) => void (said.err += text),
    readStdin: async () => '',
    env: {},
    cwd: '/',
    isTerminal: false,
    columns: () => 80,
    canAsk: false,
    hasColors: false,
    clock: systemClock,
    random: systemRandom,
    send: sendRequest,
    services: {} as Services,
    version: '1.2.3',
    program: ['node', 'endwell'],
    interrupted: new AbortController().signal,
    tellParent: undefined,
  };
  return { code: await runCli(context, ['--server', server.url, '--token', TOKEN, ...argv]), ...said };
}
