import type { Pod, Service } from 'kubernetes-types/core/v1.d.ts';
import { createApiClient } from '../../contract/client.ts';
import { createKubeClient } from '../../kube/client/kubeClient.ts';
import { NotFoundError } from '../../kube/errors.ts';
import { portForward } from '../../kube/portforward/portForward.ts';
import { pods } from '../../kube/resources.ts';
import { undiciTransport } from '../../kube/transport/undiciTransport.ts';
import type { KubeClient, Resource } from '../../kube/types.ts';
import { CliError, EXIT } from '../cliError.ts';
import type { CliContext, GlobalOptions } from '../context.ts';
import type { Connection } from './connect.ts';
import { loadAccess, tokenOf } from './kubeconfigToken.ts';

/** The Service of the HTTP API, wherever Endwell is installed. */
const SERVICE = 'endwell';
const DEFAULT_NAMESPACE = 'endwell-system';

const services: Resource<Service> = {
  group: '',
  version: 'v1',
  kind: 'Service',
  plural: 'services',
  namespaced: true,
};

/**
 * Reaches the HTTP API of the kubeconfig's cluster: forwards a loopback port to a ready pod behind Service `endwell`, and
 * identifies with the kubeconfig's own token. Refuses a kubeconfig without one, a cluster without that Service, and a
 * Service without a ready pod.
 */
export async function forwardToService(context: CliContext, options: GlobalOptions): Promise<Connection> {
  const access = await loadAccess(context, options).catch((cause: unknown) => {
    throw notFound((cause as Error).message, cause);
  });
  const given = options.token ?? context.env['ENDWELL_TOKEN'];
  const token = given === undefined || given === '' ? await tokenOf(context, access) : given;
  const { clock, random } = context;
  const transport = undiciTransport(access, { clock, env: context.env });
  const client = createKubeClient({ transport, clock, random, userAgent: `endwell/${context.version}` });
  try {
    const { pod, port } = await findPod(
      client,
      context.env['ENDWELL_OPERATOR_NAMESPACE'] ?? DEFAULT_NAMESPACE,
    );
    const forward = await portForward(transport, pod, port);
    const api = createApiClient({ baseUrl: `http://127.0.0.1:${forward.port}`, token, send: context.send });
    return {
      api,
      origin: `a port-forward to pod ${pod.namespace}/${pod.name} of ${access.origin}`,
      async close() {
        await forward.close();
        await client.close();
      },
    };
  } catch (error) {
    await client.close();
    throw error;
  }
}

interface PodPort {
  readonly pod: { readonly namespace: string; readonly name: string };
  readonly port: number;
}

async function findPod(client: KubeClient, namespace: string): Promise<PodPort> {
  const service = await readService(client, namespace);
  const selector = Object.entries(service.spec?.selector ?? {}).map(([label, value]) => `${label}=${value}`);
  const { items } = await client.list(pods, { namespace, labelSelector: selector.join(',') });
  const ready = selector.length === 0 ? undefined : items.find(isReady);
  if (ready === undefined) {
    throw new CliError(
      `no pod behind Service ${namespace}/${SERVICE} is ready: endwell doctor and kubectl -n ${namespace} logs deployment/endwell-server say why`,
      EXIT.unreachable,
    );
  }
  return { pod: { namespace, name: ready.metadata?.name ?? '' }, port: targetPort(service, ready) };
}

async function readService(client: KubeClient, namespace: string): Promise<Service> {
  try {
    return await client.get(services, { namespace, name: SERVICE });
  } catch (cause) {
    if (!(cause instanceof NotFoundError)) throw cause;
    throw notFound(`the cluster has no Service ${namespace}/${SERVICE}`, cause);
  }
}

function notFound(why: string, cause: unknown): CliError {
  return new CliError(
    `no endwell was found: --server names none, no endwell up runs here, and ${why}; start one by endwell up, or name it by --server`,
    EXIT.unreachable,
    { cause },
  );
}

function isReady(pod: Pod): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  return ready?.status === 'True' && pod.metadata?.deletionTimestamp === undefined;
}

/** The Service's first port is the API's; it may name the container's port. */
function targetPort(service: Service, pod: Pod): number {
  const [first] = service.spec?.ports ?? [];
  const target = first?.targetPort ?? first?.port;
  const ports = (pod.spec?.containers ?? []).flatMap((container) => container.ports ?? []);
  const named = ports.find(({ name }) => name === target)?.containerPort;
  const port = typeof target === 'number' ? target : (named ?? Number(target));
  if (Number.isInteger(port)) return port;
  throw new CliError(
    `Service ${SERVICE} names port ${String(target)}, which its pod does not have`,
    EXIT.unreachable,
  );
}
