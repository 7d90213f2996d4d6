import { isAbsolute, resolve } from 'node:path';
import { KubeconfigError } from '../errors.ts';
import type { ClusterAccess, ExecPlugin, Impersonation, Login, Pem } from './access.ts';
import type { Fields } from './fields.ts';
import { flagField, mapField, mapsField, textField, textsField } from './fields.ts';
import type { Entry, Kubeconfig } from './kubeconfigFile.ts';

/** Access by one context of a kubeconfig. Refuses contexts, clusters and users that are not there or contradict themselves. */
export function contextAccess(config: Kubeconfig, contextName: string | undefined): ClusterAccess {
  const name = contextName ?? config.currentContext ?? onlyContext(config);
  const context = entry(config.contexts, 'context', name, config.source);
  const cluster = entry(config.clusters, 'cluster', required(context, 'cluster'), context.where);
  const userName = textField(context, 'user');
  const user = userName === undefined ? undefined : entry(config.users, 'user', userName, context.where);
  return {
    origin: `context "${name}" of ${config.source}`,
    namespace: textField(context, 'namespace') ?? 'default',
    ...clusterAccess(cluster),
    clientCertificate: user && clientCertificate(user),
    login: user === undefined ? { kind: 'none' } : login(user, cluster),
    impersonation: user && impersonation(user),
  };
}

function onlyContext(config: Kubeconfig): string {
  const [only, ...others] = config.contexts.keys();
  if (only !== undefined && others.length === 0) return only;
  throw new KubeconfigError(
    `reading kubeconfig ${config.source}: it has no current-context: choose one with "kubectl config use-context NAME"${list(config.contexts)}`,
  );
}

type ClusterPart = Pick<
  ClusterAccess,
  'server' | 'ca' | 'tlsServerName' | 'insecureSkipTlsVerify' | 'proxyUrl'
>;

function clusterAccess(cluster: Entry): ClusterPart {
  const ca = pem(cluster, 'certificate-authority');
  const insecureSkipTlsVerify = flagField(cluster, 'insecure-skip-tls-verify');
  if (insecureSkipTlsVerify && ca !== undefined) {
    throw new KubeconfigError(
      `reading kubeconfig: ${cluster.where} has both insecure-skip-tls-verify and a certificate-authority: remove one`,
    );
  }
  return {
    server: url(cluster, 'server', required(cluster, 'server'), ['http:', 'https:']),
    ca,
    insecureSkipTlsVerify,
    tlsServerName: textField(cluster, 'tls-server-name'),
    proxyUrl: proxyUrl(cluster),
  };
}

function proxyUrl(cluster: Entry): string | undefined {
  const value = textField(cluster, 'proxy-url');
  return value && url(cluster, 'proxy-url', value, ['http:', 'https:', 'socks5:']);
}

function url(from: Fields, key: string, value: string, schemes: readonly string[]): string {
  const parsed = URL.canParse(value) ? new URL(value) : undefined;
  if (parsed !== undefined && schemes.includes(parsed.protocol)) return value.replace(/\/+$/, '');
  throw new KubeconfigError(
    `reading kubeconfig: ${key} of ${from.where} is "${value}": it must be a URL that begins with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`,
  );
}

function clientCertificate(user: Entry): ClusterAccess['clientCertificate'] {
  const certificate = pem(user, 'client-certificate');
  const key = pem(user, 'client-key');
  if (certificate === undefined && key === undefined) return undefined;
  if (certificate !== undefined && key !== undefined) return { certificate, key };
  const missing = certificate === undefined ? 'client-certificate' : 'client-key';
  throw new KubeconfigError(
    `reading kubeconfig: ${user.where} has no ${missing}: certificate and key go together`,
  );
}

/** `<key>-data` (base64) before the file of `<key>`, as in kubectl. */
function pem(from: Entry, key: string): Pem | undefined {
  const data = textField(from, `${key}-data`);
  if (data !== undefined) {
    const text = Buffer.from(data, 'base64').toString('utf8');
    if (text.includes('-----BEGIN ')) return { kind: 'data', pem: text };
    throw new KubeconfigError(`reading kubeconfig: ${key}-data of ${from.where} is not a PEM in base64`);
  }
  const path = textField(from, key);
  return path === undefined ? undefined : { kind: 'file', path: resolve(from.folder, path) };
}

function login(user: Entry, cluster: Entry): Login {
  const tokenFile = textField(user, 'tokenFile');
  if (tokenFile !== undefined) return { kind: 'tokenFile', path: resolve(user.folder, tokenFile) };
  const token = textField(user, 'token');
  if (token !== undefined) return { kind: 'token', token };
  const username = textField(user, 'username');
  if (username !== undefined) return { kind: 'basic', username, password: textField(user, 'password') ?? '' };
  if (user.values['exec'] !== undefined && user.values['exec'] !== null) {
    return { kind: 'exec', plugin: execPlugin(user, cluster) };
  }
  if (user.values['auth-provider'] !== undefined && user.values['auth-provider'] !== null) {
    throw new KubeconfigError(
      `reading kubeconfig: ${user.where} uses auth-provider, which Kubernetes has retired: use an exec plugin instead (for OIDC: kubelogin)`,
    );
  }
  return { kind: 'none' };
}

function execPlugin(user: Entry, cluster: Entry): ExecPlugin {
  const exec = mapField(user, 'exec');
  const apiVersion = required(exec, 'apiVersion');
  if (
    apiVersion !== 'client.authentication.k8s.io/v1' &&
    apiVersion !== 'client.authentication.k8s.io/v1beta1'
  ) {
    throw new KubeconfigError(
      `reading kubeconfig: apiVersion of ${exec.where} is ${apiVersion}: only client.authentication.k8s.io/v1 and v1beta1 are known; upgrade the plugin`,
    );
  }
  if (textField(exec, 'interactiveMode') === 'Always') {
    throw new KubeconfigError(
      `reading kubeconfig: ${exec.where} wants a terminal (interactiveMode: Always): log in with it first and use a plugin or token that needs none`,
    );
  }
  const command = required(exec, 'command');
  const env = mapsField(exec, 'env').map((pair) => [required(pair, 'name'), textField(pair, 'value') ?? '']);
  return {
    apiVersion,
    command: command.includes('/') && !isAbsolute(command) ? resolve(user.folder, command) : command,
    args: textsField(exec, 'args'),
    env: Object.fromEntries(env) as Record<string, string>,
    installHint: textField(exec, 'installHint'),
    provideClusterInfo: flagField(exec, 'provideClusterInfo'),
    clusterConfig: execExtension(cluster),
  };
}

function execExtension(cluster: Entry): unknown {
  const extensions = mapsField(cluster, 'extensions');
  return extensions.find((item) => item.values['name'] === 'client.authentication.k8s.io/exec')?.values[
    'extension'
  ];
}

function impersonation(user: Entry): Impersonation | undefined {
  const as = textField(user, 'as');
  const groups = textsField(user, 'as-groups');
  const extra = mapField(user, 'as-user-extra');
  const keys = Object.keys(extra.values);
  if (as === undefined) {
    if (groups.length === 0 && keys.length === 0) return undefined;
    throw new KubeconfigError(
      `reading kubeconfig: ${user.where} has as-groups or as-user-extra without "as": add it`,
    );
  }
  return {
    user: as,
    uid: textField(user, 'as-uid'),
    groups,
    extra: Object.fromEntries(keys.map((key) => [key, textsField(extra, key)])),
  };
}

function required(from: Fields, key: string): string {
  const value = textField(from, key);
  if (value !== undefined) return value;
  throw new KubeconfigError(`reading kubeconfig: ${from.where} has no ${key}: add it`);
}

function entry(entries: ReadonlyMap<string, Entry>, kind: string, name: string, namedBy: string): Entry {
  const found = entries.get(name);
  if (found !== undefined) return found;
  throw new KubeconfigError(`reading kubeconfig: ${namedBy} has no ${kind} "${name}"${list(entries)}`);
}

function list(entries: ReadonlyMap<string, Entry>): string {
  return entries.size === 0 ? '' : ` (there is: ${[...entries.keys()].join(', ')})`;
}
