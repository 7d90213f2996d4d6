import { delimiter, join } from 'node:path';
import { KubeconfigError } from '../errors.ts';
import type { ClusterAccess } from './access.ts';
import { contextAccess } from './contextAccess.ts';
import { inClusterAccess } from './inCluster.ts';
import type { Kubeconfig } from './kubeconfigFile.ts';
import { mergeKubeconfigs, parseKubeconfig } from './kubeconfigFile.ts';
import type { ReadFile } from './machine.ts';
import { readTextFile } from './machine.ts';

/** Where to look for a cluster. */
export interface KubeconfigSource {
  /** KUBECONFIG, HOME and what a pod has. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** This file and no other (`--kubeconfig`). */
  readonly path?: string | undefined;
  /** Default: current-context. */
  readonly context?: string | undefined;
  readonly readFile?: ReadFile;
}

/**
 * Finds the cluster as kubectl does: the given file, else the files of KUBECONFIG merged, else ~/.kube/config, else the
 * service account of the pod. Every file that it names has been read once. Throws KubeconfigError, one sentence that
 * says which file and key, and how to mend it.
 */
export async function loadKubeconfig(source: KubeconfigSource): Promise<ClusterAccess> {
  const readFile = source.readFile ?? readTextFile;
  const config = await readConfig(source, readFile);
  const access = config ? contextAccess(config, source.context) : await inClusterAccess(source.env, readFile);
  if (access === undefined) throw notFound(source);
  await checkFiles(access, readFile);
  return access;
}

async function readConfig(source: KubeconfigSource, readFile: ReadFile): Promise<Kubeconfig | undefined> {
  if (source.path !== undefined) return readOne(source.path, readFile);
  const paths = searched(source.env);
  const files = await Promise.all(paths.map((path) => readOne(path, readFile, 'optional')));
  const found = files.filter((file) => file !== undefined);
  return found.length === 0 ? undefined : mergeKubeconfigs(found);
}

function searched(env: KubeconfigSource['env']): string[] {
  const listed = [...new Set((env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== ''))];
  if (listed.length > 0) return listed;
  return env['HOME'] === undefined ? [] : [join(env['HOME'], '.kube', 'config')];
}

async function readOne(path: string, readFile: ReadFile): Promise<Kubeconfig>;
async function readOne(path: string, readFile: ReadFile, may: 'optional'): Promise<Kubeconfig | undefined>;
async function readOne(path: string, readFile: ReadFile, may?: 'optional'): Promise<Kubeconfig | undefined> {
  let text: string;
  try {
    text = await readFile(path);
  } catch (cause) {
    if (may === 'optional' && codeOf(cause) === 'ENOENT') return undefined;
    throw new KubeconfigError(`reading kubeconfig ${path}: ${because(cause)}`, cause);
  }
  return parseKubeconfig(path, text);
}

function notFound(source: KubeconfigSource): KubeconfigError {
  const paths = searched(source.env);
  const looked = paths.length === 0 ? '' : ` (looked for ${paths.join(', ')})`;
  return new KubeconfigError(
    `finding a cluster: there is no kubeconfig${looked}, and this is not a pod: set KUBECONFIG or pass --kubeconfig FILE`,
  );
}

/** A missing certificate is said now, by the name of its key, not as a failed connection later. */
async function checkFiles(access: ClusterAccess, readFile: ReadFile): Promise<void> {
  const { ca, clientCertificate, login } = access;
  const named: [string, string][] = [];
  if (ca?.kind === 'file') named.push(['certificate-authority', ca.path]);
  if (clientCertificate?.certificate.kind === 'file') {
    named.push(['client-certificate', clientCertificate.certificate.path]);
  }
  if (clientCertificate?.key.kind === 'file') named.push(['client-key', clientCertificate.key.path]);
  if (login.kind === 'tokenFile') named.push(['tokenFile', login.path]);
  for (const [key, path] of named) {
    await readFile(path).catch((cause: unknown) => {
      throw new KubeconfigError(
        `reading kubeconfig: ${key} ${path} of ${access.origin}: ${because(cause)}`,
        cause,
      );
    });
  }
}

function because(cause: unknown): string {
  switch (codeOf(cause)) {
    case 'ENOENT':
      return 'there is no such file';
    case 'EACCES':
      return 'it may not be read by this user';
    case 'EISDIR':
      return 'it is a folder';
    default:
      return cause instanceof Error ? cause.message : String(cause);
  }
}

function codeOf(cause: unknown): unknown {
  return cause instanceof Error && 'code' in cause ? cause.code : undefined;
}
