import type { Clock } from '../../ports/clock.ts';
import { KubeconfigError } from '../errors.ts';
import type { ClusterAccess, ExecPlugin } from './access.ts';
import type { CommandResult, ReadFile, RunCommand } from './machine.ts';

/** What a plugin answered. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined;
  /** ms since the epoch; undefined: until the process ends, or the server says 401. */
  readonly expiresAt: number | undefined;
}

/** A plugin whose answer is kept until it expires. However many ask at once, it runs once. */
export interface ExecPluginCache {
  /** Throws KubeconfigError, naming the plugin and what it said. */
  current(): Promise<ExecCredential>;
  /** Forgets `stale`, unless a newer answer is there already. */
  forget(stale: ExecCredential): void;
}

/** What running a plugin needs. */
export interface ExecParts {
  readonly access: ClusterAccess;
  readonly plugin: ExecPlugin;
  readonly clock: Clock;
  readonly readFile: ReadFile;
  readonly runCommand: RunCommand;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The cache of one plugin. */
export function execPluginCache(parts: ExecParts): ExecPluginCache {
  let kept: ExecCredential | undefined;
  let running: Promise<ExecCredential> | undefined;

  async function renew(): Promise<ExecCredential> {
    try {
      kept = await runPlugin(parts);
      return kept;
    } finally {
      running = undefined;
    }
  }

  return {
    async current() {
      const isFresh =
        kept !== undefined && (kept.expiresAt === undefined || parts.clock.now() < kept.expiresAt);
      if (kept !== undefined && isFresh) return kept;
      running ??= renew();
      return running;
    },
    forget(stale) {
      if (kept === stale) kept = undefined;
    },
  };
}

async function runPlugin(parts: ExecParts): Promise<ExecCredential> {
  const { plugin, access } = parts;
  const KUBERNETES_EXEC_INFO = JSON.stringify(await execInfo(parts));
  let result: CommandResult;
  try {
    result = await parts.runCommand({
      command: plugin.command,
      args: plugin.args,
      env: { ...parts.env, ...plugin.env, KUBERNETES_EXEC_INFO },
    });
  } catch (cause) {
    throw pluginError(parts, `it could not be started (${because(cause)})${hint(plugin)}`, cause);
  }
  if (result.code !== 0) {
    const said = result.stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
    const code = result.code === null ? 'it was killed, or took too long' : `it ended with ${result.code}`;
    throw pluginError(parts, `${code}${said === '' ? '' : `: ${said}`}; run it by hand, or log in again`);
  }
  return readAnswer(parts, access, result.stdout);
}

async function execInfo({ plugin, access, readFile }: ExecParts): Promise<object> {
  const cluster = {
    server: access.server,
    'tls-server-name': access.tlsServerName,
    'insecure-skip-tls-verify': access.insecureSkipTlsVerify || undefined,
    'certificate-authority-data': await caData(access, readFile),
    'proxy-url': access.proxyUrl,
    config: plugin.clusterConfig,
  };
  const spec = plugin.provideClusterInfo ? { interactive: false, cluster } : { interactive: false };
  return { kind: 'ExecCredential', apiVersion: plugin.apiVersion, spec };
}

async function caData(access: ClusterAccess, readFile: ReadFile): Promise<string | undefined> {
  if (access.ca === undefined) return undefined;
  const pem = access.ca.kind === 'data' ? access.ca.pem : await readFile(access.ca.path);
  return Buffer.from(pem).toString('base64');
}

function readAnswer(parts: ExecParts, access: ClusterAccess, stdout: string): ExecCredential {
  const answer = parseAnswer(parts, stdout);
  if (answer.apiVersion !== parts.plugin.apiVersion) {
    throw pluginError(
      parts,
      `it answered apiVersion ${String(answer.apiVersion)}, not ${parts.plugin.apiVersion} as ${access.origin} says`,
    );
  }
  const { token, clientCertificateData, clientKeyData, expirationTimestamp } = answer.status ?? {};
  const hasPair = typeof clientCertificateData === 'string' && typeof clientKeyData === 'string';
  const hasToken = typeof token === 'string' && token !== '';
  if (!hasToken && !hasPair)
    throw pluginError(parts, 'its answer has neither a token nor a client certificate with its key');
  const expiresAt = typeof expirationTimestamp === 'string' ? Date.parse(expirationTimestamp) : Number.NaN;
  return {
    token: hasToken ? token : undefined,
    certificate: hasPair ? { certificate: clientCertificateData, key: clientKeyData } : undefined,
    expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt,
  };
}

interface Answer {
  readonly apiVersion?: unknown;
  readonly status?: Readonly<Record<string, unknown>> | null;
}

function parseAnswer(parts: ExecParts, stdout: string): Answer {
  try {
    const parsed: unknown = JSON.parse(stdout);
    if (typeof parsed === 'object' && parsed !== null) return parsed;
  } catch {
    // Said below: what it printed may be a secret, so it is not repeated.
  }
  throw pluginError(parts, 'it printed no ExecCredential as JSON');
}

function pluginError({ plugin, access }: ExecParts, what: string, cause?: unknown): KubeconfigError {
  return new KubeconfigError(
    `getting a credential from "${plugin.command}" for ${access.origin}: ${what}`,
    cause,
  );
}

function hint(plugin: ExecPlugin): string {
  if (plugin.installHint === undefined) return ': install it, or put it in PATH';
  return `: ${plugin.installHint.trim().replace(/\s+/g, ' ')}`;
}

function because(cause: unknown): string {
  if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return 'no such program';
  return cause instanceof Error ? cause.message : String(cause);
}
