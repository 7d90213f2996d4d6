import type { ClusterAccess } from './access.ts';
import type { ReadFile } from './machine.ts';

/** Where a kubelet mounts the credentials of a pod's service account. */
const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Access by the service account of the pod that we run in; undefined outside of a pod. */
export async function inClusterAccess(
  env: Readonly<Record<string, string | undefined>>,
  readFile: ReadFile,
): Promise<ClusterAccess | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) return undefined;
  const namespace = await readFile(`${FOLDER}/namespace`).catch(() => 'default');
  return {
    origin: `the service account in ${FOLDER}`,
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: namespace.trim(),
    ca: { kind: 'file', path: `${FOLDER}/ca.crt` },
    tlsServerName: undefined,
    insecureSkipTlsVerify: false,
    clientCertificate: undefined,
    proxyUrl: undefined,
    login: { kind: 'tokenFile', path: `${FOLDER}/token` },
    impersonation: undefined,
  };
}
