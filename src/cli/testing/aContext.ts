import { systemClock, systemRandom } from '../../ports/clock.ts';
import type { CliContext } from '../context.ts';
import type { Services } from '../services.ts';

/** What a command has written, bytes as text. */
export interface Written {
  out: string;
  err: string;
}

/**
 * A command's world with no terminal, no environment, no network and no processes to start, but for what is given, and what
 * the command writes in it.
 */
export function aContext(given: Partial<CliContext> = {}): {
  readonly context: CliContext;
  readonly written: Written;
} {
  const written: Written = { out: '', err: '' };
  const context: CliContext = {
    out: (text) => void (written.out += text),
    outBytes: (bytes) => void (written.out += Buffer.from(bytes).toString()),
    err: (text) => void (written.err += text),
    readStdin: async () => '',
    env: {},
    cwd: '/nowhere',
    isTerminal: false,
    columns: () => 80,
    canAsk: false,
    hasColors: false,
    clock: systemClock,
    random: systemRandom,
    send: () => Promise.reject(new Error('no network here')),
    services: {} as Services,
    version: '1.2.3',
    program: ['node', 'endwell'],
    interrupted: new AbortController().signal,
    tellParent: undefined,
    ...given,
  };
  return { context, written };
}
