import { isatty } from 'node:tty';
import { systemClock, systemRandom } from '../ports/clock.ts';
import { sendUntil } from '../ports/sendRequest.ts';
import { EXIT } from './cliError.ts';
import type { CliContext } from './context.ts';
import { outputTo } from './output/standardOutput.ts';
import type { Services } from './services.ts';

/** Width of a terminal that does not say its own, or says 0. */
const USUAL_COLUMNS = 80;

/** What commands have of the world in a process of their own: its streams, its signals, its time. */
export function processContext(node: NodeJS.Process, services: Services, version: string): CliContext {
  const interrupted = interruptionOf(node);
  node.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // Whoever read our output has seen enough, as head does.
    if (error.code === 'EPIPE') node.exit(0);
    node.stderr.write(`endwell: writing the output: ${error.message}\n`);
    node.exit(EXIT.failed);
  });
  const write = outputTo(node.stdout);
  // isTTY is undefined on a pipe, and undefined would let CI or FORCE_COLOR choose colours.
  const isTerminal = isatty(node.stdout.fd) && node.env['TERM'] !== 'dumb';
  return {
    out: write,
    outBytes: write,
    err: (text) => void node.stderr.write(text),
    readStdin: () => readAll(node.stdin),
    env: node.env,
    cwd: node.cwd(),
    isTerminal,
    columns: () => node.stdout.columns || USUAL_COLUMNS,
    canAsk: isatty(node.stdin.fd) && isatty(node.stderr.fd),
    hasColors: isTerminal && !node.env['NO_COLOR'],
    clock: systemClock,
    random: systemRandom,
    send: sendUntil(interrupted),
    services,
    version,
    program: [node.execPath, ...node.execArgv, node.argv[1] ?? ''],
    interrupted,
    tellParent:
      node.env['ENDWELL_PARENT_WAITS'] && node.send ? (message) => tellParent(node, message) : undefined,
  };
}

/** The first signal asks the command to end, the second ends the process. */
function interruptionOf(node: NodeJS.Process): AbortSignal {
  const interruption = new AbortController();
  const onSignal = () => {
    if (interruption.signal.aborted) node.exit(EXIT.interrupted);
    interruption.abort(new Error('interrupted'));
  };
  node.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return interruption.signal;
}

async function readAll(stream: AsyncIterable<Buffer | string>): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

/** Says one thing, then lets the parent go. */
function tellParent(node: NodeJS.Process, message: object): void {
  node.send?.(message, undefined, undefined, () => {
    if (node.connected) node.disconnect();
  });
}
