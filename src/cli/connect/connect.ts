import { resolve } from 'node:path';
import { type ApiClient, createApiClient } from '../../contract/client.ts';
import { CliError, EXIT } from '../cliError.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import { DEFAULT_DATA, isRunning, readUpState, type UpState } from '../local/upState.ts';

/** A way to the API; `close` ends what was opened for it. */
export interface Connection {
  readonly api: ApiClient;
  /** How it was found, for messages. */
  readonly origin: string;
  readonly close: () => Promise<void>;
  /** The API where it is now: an `up` that was started anew may listen elsewhere. Resolves with undefined while none runs. */
  readonly refind?: () => Promise<ApiClient | undefined>;
}

const nothingToClose = async () => {};

/**
 * Finds the server: the one that is named, else the running `up` of the data folder, else through the kubeconfig by a
 * port-forward to Service `endwell`.
 */
export async function connect(context: CliContext, options: GlobalOptions): Promise<Connection> {
  const server = options.server ?? context.env['ENDWELL_SERVER'];
  if (server !== undefined && server !== '') return named(context, options, server);
  if (options.kubeconfig === undefined || options.data !== undefined) {
    const up = await runningUp(context, options.data);
    if (up !== undefined) return local(context, up, options);
  }
  const { forwardToService } = await import('./forwardToService.ts');
  return forwardToService(context, options);
}

/** The `up` that runs on a folder. Refuses a folder that was named and where none runs. */
export async function runningUp(
  context: Pick<CliContext, 'cwd' | 'env'>,
  data: string | undefined,
): Promise<UpState | undefined> {
  const given = data ?? context.env['ENDWELL_DATA'];
  const dataDir = dataDirOf(context, data);
  const state = await runningOn(dataDir);
  if (state !== undefined) return state;
  if (given === undefined) return undefined;
  throw new CliError(
    `no endwell runs on ${dataDir}: start it by endwell up --data ${given}`,
    EXIT.unreachable,
  );
}

function dataDirOf(context: Pick<CliContext, 'cwd' | 'env'>, data: string | undefined): string {
  return resolve(context.cwd, data ?? context.env['ENDWELL_DATA'] ?? DEFAULT_DATA);
}

async function runningOn(dataDir: string): Promise<UpState | undefined> {
  const state = await readUpState(dataDir);
  return state !== undefined && isRunning(state) ? state : undefined;
}

function local(context: CliContext, up: UpState, options: GlobalOptions): Connection {
  const clientOf = ({ url, token }: UpState) =>
    createApiClient({ baseUrl: url, token: options.token ?? token, send: context.send });
  return {
    api: clientOf(up),
    origin: `the running up at ${up.url}`,
    close: nothingToClose,
    async refind() {
      const now = await runningOn(dataDirOf(context, options.data));
      return now && clientOf(now);
    },
  };
}

async function named(context: CliContext, options: GlobalOptions, server: string): Promise<Connection> {
  if (!/^https?:\/\/[^/]+/.test(server)) {
    throw new CliError(`--server ${server}: it must be a URL, as http://127.0.0.1:7600`, EXIT.usage);
  }
  const token = await tokenFor(context, options, server);
  const api = createApiClient({ baseUrl: server, token, send: context.send });
  return { api, origin: server, close: nothingToClose };
}

async function tokenFor(context: CliContext, options: GlobalOptions, server: string): Promise<string> {
  const given = options.token ?? context.env['ENDWELL_TOKEN'];
  if (given !== undefined && given !== '') return given;
  const up = await readUpState(resolve(context.cwd, options.data ?? DEFAULT_DATA));
  if (up?.url === server.replace(/\/+$/, '')) return up.token;
  const { kubeconfigToken } = await import('./kubeconfigToken.ts');
  return kubeconfigToken(context, options).catch((cause: unknown) => {
    if (cause instanceof CliError) throw cause;
    throw new CliError(
      `no token for ${server}: pass it as --token or ENDWELL_TOKEN; a kubeconfig's was looked for, too: ${(cause as Error).message}`,
      EXIT.unreachable,
      { cause },
    );
  });
}
