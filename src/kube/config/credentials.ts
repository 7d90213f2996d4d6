import type { Clock } from '../../ports/clock.ts';
import { KubeconfigError } from '../errors.ts';
import type { ClusterAccess, Impersonation, Pem } from './access.ts';
import { execPluginCache } from './execPlugin.ts';
import type { ReadFile, RunCommand } from './machine.ts';
import { rereadFile } from './rereadFile.ts';

/** Proof of who we are, as of now. */
export interface Credential {
  /** Headers of every request: Authorization, Impersonate-*. */
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** PEMs of the client certificate; undefined without one. */
  readonly certificate: { readonly certificate: string; readonly key: string } | undefined;
}

/** Keeps the credential fresh. */
export interface Credentials {
  /** Throws KubeconfigError when there is none to be had. */
  current(): Promise<Credential>;
  /** The server said 401 to `stale`: resolves with another credential, or undefined when there is no other. */
  refresh(stale: Credential): Promise<Credential | undefined>;
}

/** Where credentials come from. */
export interface CredentialParts {
  readonly access: ClusterAccess;
  readonly clock: Clock;
  readonly readFile: ReadFile;
  readonly runCommand: RunCommand;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** One source of secrets: what is in it now, and how to make it look again. */
interface Source {
  current(): Promise<{ readonly authorization?: string; readonly certificate?: Credential['certificate'] }>;
  expire(): void;
}

/** The credentials of one user of one cluster. */
export function credentials(parts: CredentialParts): Credentials {
  const login = loginSource(parts);
  const certificate = certificateSource(parts);
  const impersonation = impersonationHeaders(parts.access.impersonation);

  async function current(): Promise<Credential> {
    const [first, second] = await Promise.all([login.current(), certificate.current()]);
    const authorization = first.authorization === undefined ? {} : { authorization: first.authorization };
    return {
      headers: { ...authorization, ...impersonation },
      certificate: first.certificate ?? second.certificate,
    };
  }

  return {
    current,
    async refresh(stale) {
      login.expire();
      certificate.expire();
      const fresh = await current();
      return same(fresh, stale) ? undefined : fresh;
    },
  };
}

function loginSource(parts: CredentialParts): Source {
  const { login } = parts.access;
  switch (login.kind) {
    case 'none':
      return fixed({});
    case 'token':
      return fixed({ authorization: bearer(login.token) });
    case 'basic': {
      const pair = Buffer.from(`${login.username}:${login.password}`).toString('base64');
      return fixed({ authorization: `Basic ${pair}` });
    }
    case 'tokenFile':
      return tokenFileSource(parts, login.path);
    case 'exec':
      return execSource(parts, login.plugin);
    default:
      throw new TypeError(`making credentials: ${JSON.stringify(login satisfies never)} is no login`);
  }
}

function fixed(found: Awaited<ReturnType<Source['current']>>): Source {
  return { current: async () => found, expire: () => {} };
}

function tokenFileSource({ access, readFile, clock }: CredentialParts, path: string): Source {
  const file = rereadFile(path, readFile, clock);
  return {
    async current() {
      const token = await file.current().catch((cause: unknown) => {
        throw new KubeconfigError(`reading the token of ${access.origin}: ${String(cause)}`, cause);
      });
      if (token.trim() === '')
        throw new KubeconfigError(`reading the token of ${access.origin}: ${path} is empty`);
      return { authorization: bearer(token) };
    },
    expire: () => file.expire(),
  };
}

function execSource(parts: CredentialParts, plugin: Parameters<typeof execPluginCache>[0]['plugin']): Source {
  const cache = execPluginCache({ ...parts, plugin });
  let last: Awaited<ReturnType<typeof cache.current>> | undefined;
  return {
    async current() {
      last = await cache.current();
      return {
        certificate: last.certificate,
        ...(last.token === undefined ? {} : { authorization: bearer(last.token) }),
      };
    },
    expire() {
      if (last !== undefined) cache.forget(last);
    },
  };
}

function certificateSource({ access, readFile, clock }: CredentialParts): Source {
  const pair = access.clientCertificate;
  if (pair === undefined) return fixed({});
  const certificate = pemSource(pair.certificate, readFile, clock);
  const key = pemSource(pair.key, readFile, clock);
  return {
    async current() {
      try {
        return { certificate: { certificate: await certificate.current(), key: await key.current() } };
      } catch (cause) {
        throw new KubeconfigError(
          `reading the client certificate of ${access.origin}: ${String(cause)}`,
          cause,
        );
      }
    },
    expire() {
      certificate.expire();
      key.expire();
    },
  };
}

/** A PEM that may be replaced while we run. */
export function pemSource(
  pem: Pem,
  readFile: ReadFile,
  clock: Clock,
): { current(): Promise<string>; expire(): void } {
  if (pem.kind === 'file') return rereadFile(pem.path, readFile, clock);
  return { current: async () => pem.pem, expire: () => {} };
}

function impersonationHeaders(as: Impersonation | undefined): Record<string, string | string[]> {
  if (as === undefined) return {};
  const headers: Record<string, string | string[]> = { 'impersonate-user': as.user };
  if (as.uid !== undefined) headers['impersonate-uid'] = as.uid;
  if (as.groups.length > 0) headers['impersonate-group'] = [...as.groups];
  for (const [key, values] of Object.entries(as.extra)) {
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = [...values];
  }
  return headers;
}

function bearer(token: string): string {
  return `Bearer ${token.trim()}`;
}

function same(a: Credential, b: Credential): boolean {
  return (
    a.headers['authorization'] === b.headers['authorization'] &&
    a.certificate?.certificate === b.certificate?.certificate &&
    a.certificate?.key === b.certificate?.key
  );
}
