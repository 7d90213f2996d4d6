import type { Clock, Random } from '../ports/clock.ts';
import type { SendRequest } from '../ports/sendRequest.ts';
import type { Services } from './services.ts';

/** What a command has of the world around it. */
export interface CliContext {
  /** Writes to standard output as it is. */
  readonly out: (text: string) => void;
  /** Writes bytes to standard output as they are. */
  readonly outBytes: (bytes: Uint8Array) => void;
  /** Writes to standard error as it is. */
  readonly err: (text: string) => void;
  /** All of standard input. */
  readonly readStdin: () => Promise<string>;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the folder that relative paths start from. */
  readonly cwd: string;
  /** Standard output is a terminal that can move its cursor. */
  readonly isTerminal: boolean;
  /** Width of the terminal, in characters; 80 where it is not known. */
  readonly columns: () => number;
  /** Somebody sits there who can be asked. */
  readonly canAsk: boolean;
  readonly hasColors: boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly send: SendRequest;
  readonly services: Services;
  /** Of this program. */
  readonly version: string;
  /** Arguments of Node and the path of this program, to start it again. */
  readonly program: readonly string[];
  /** Aborted by the first SIGINT or SIGTERM; the second ends the process at once. */
  readonly interrupted: AbortSignal;
  /** Tells the process that started this one (`up --detach`); undefined when none waits. */
  readonly tellParent: ((message: object) => void) | undefined;
}

/** Options that every command takes. */
export interface GlobalOptions {
  readonly server?: string;
  readonly token?: string;
  readonly data?: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly verbose?: boolean;
}
