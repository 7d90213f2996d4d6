import { join } from 'node:path';
import { inject } from 'vitest';
import { runs } from '../../src/actions/resources.ts';
import type { PodTemplateOverlay, Run, RunSpec } from '../../src/core/run/run.ts';
import type { KubeClient } from '../../src/kube/types.ts';
import { clientOf, newNamespace, SHELL_IMAGE, type TestCluster } from './cluster.ts';
import { eventually } from './eventually.ts';
import { forThisFile } from './forThisFile.ts';
import { sharedUp } from './sharedUp.ts';

export { endwell } from './endwell.ts';

/** Endwell at work: installed on the real cluster under `npm run test:cluster`, else an `endwell up` that all files share. */
export interface Product extends TestCluster {
  /** Data folder of `up`; undefined on a real cluster. */
  readonly data: string | undefined;
}

/** Opens Endwell for the tests of a file, and deletes their namespaces after them. */
export function useProduct(): () => Product {
  return forThisFile(() => openProduct());
}

async function openProduct(): Promise<Product & { close(): Promise<void> }> {
  const real = process.env['ENDWELL_TEST_CLUSTER'] === 'real';
  const data = real ? undefined : await sharedUp(inject('sharedUp'));
  const kubeconfig = data === undefined ? String(process.env['KUBECONFIG']) : join(data, 'kubeconfig');
  const client = await clientOf(kubeconfig);
  const { namespace, deleteAll } = newNamespace(client);
  return {
    kind: real ? 'real' : 'kubelite',
    client,
    kubeconfig,
    data,
    namespace,
    async close() {
      await deleteAll();
      await client.close();
    },
  };
}

/** A pod overlay whose main container runs a shell script. */
export function shell(
  script: string,
  change: Partial<NonNullable<PodTemplateOverlay['spec']>> = {},
): PodTemplateOverlay {
  return {
    spec: {
      terminationGracePeriodSeconds: 1,
      securityContext: { runAsUser: 1000, runAsNonRoot: true },
      containers: [{ name: 'main', image: SHELL_IMAGE, command: ['/bin/sh', '-c', script] }],
      ...change,
    },
  };
}

/** Creates a run as kubectl would: a raw object. */
export function createRun(client: KubeClient, namespace: string, name: string, spec: RunSpec): Promise<Run> {
  return client.create(runs, {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: { name, namespace },
    spec,
  });
}

/** The run, once `when` holds for it. */
export function runWhen(
  client: KubeClient,
  namespace: string,
  name: string,
  when: (run: Run) => boolean,
  what: string,
): Promise<Run> {
  let last: Run | undefined;
  return eventually(
    async () => {
      last = await client.get(runs, { namespace, name });
      return when(last) ? last : undefined;
    },
    () => `run ${name} ${what}; it is ${JSON.stringify(last?.status)}`,
  );
}

/** The run, once it is terminal. */
export function endedRun(client: KubeClient, namespace: string, name: string): Promise<Run> {
  const isTerminal = (run: Run) => /Succeeded|Failed|Cancelled|Refused/.test(run.status?.phase ?? '');
  return runWhen(client, namespace, name, isTerminal, 'ended');
}

/** Status and reason of one condition, as `True Reason`; undefined when it isn't there. */
export function condition(run: Run, type: string): string | undefined {
  const found = run.status?.conditions.find((entry) => entry.type === type);
  return found && `${found.status} ${found.reason}`;
}
