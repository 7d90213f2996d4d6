import { describe, expect, it } from 'vitest';
import { omJobs } from '../../src/actions/resources.ts';
import type { OMJob } from '../../src/core/omjob/omJob.ts';
import { loadKubeconfig } from '../../src/kube/config/kubeconfig.ts';
import { events, pods } from '../../src/kube/resources.ts';
import { undiciTransport } from '../../src/kube/transport/undiciTransport.ts';
import { systemClock } from '../../src/ports/clock.ts';
import { SHELL_IMAGE } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { createOMJob, logOf, omJobWhen, shellPart } from '../support/omJob.ts';
import { useProduct } from '../support/product.ts';

const product = useProduct();

/** What OpenMetadata's client puts on the OMJob and on both of its pods. */
const LABELS = {
  'app.kubernetes.io/name': 'openmetadata',
  'app.kubernetes.io/component': 'ingestion',
  'app.kubernetes.io/managed-by': 'openmetadata',
  'app.kubernetes.io/pipeline': 'mysql-pipeline',
  'app.kubernetes.io/pipeline-type': 'metadata',
  'app.kubernetes.io/run-id': 'a1b2c3d4-e5f6-7890-abcd-ef1234567890',
};
const RUN_ID = LABELS['app.kubernetes.io/run-id'];
const NAME = 'om-job-mysql-pipeline-a1b2c3d4';

/** A pod as that client writes it: what is empty stands there too. Only image and command are this test's own. */
function part(namespace: string, script: string) {
  return {
    image: SHELL_IMAGE,
    imagePullPolicy: 'IfNotPresent',
    imagePullSecrets: [],
    serviceAccountName: 'default',
    command: ['/bin/sh', '-c', script],
    env: [
      { name: 'config', value: 'ingestionPipelineFQN: mysql.pipeline\n', valueFrom: {} },
      { name: 'pipelineRunId', value: RUN_ID },
      { name: 'jobName', value: NAME },
      { name: 'namespace', value: namespace },
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
    resources: { requests: { cpu: '10m', memory: '16Mi' }, limits: { cpu: '500m', memory: '512Mi' } },
    nodeSelector: {},
    tolerations: [{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }],
    securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, runAsNonRoot: true },
    labels: LABELS,
    annotations: { 'example.com/team': 'data' },
  };
}

/** A manifest as that client posts it. */
function manifest(namespace: string) {
  return {
    apiVersion: 'pipelines.openmetadata.org/v1',
    kind: 'OMJob',
    metadata: { name: NAME, namespace, labels: LABELS },
    spec: {
      mainPodSpec: part(namespace, 'echo "$config$POD"; sleep 1'),
      exitHandlerSpec: part(namespace, 'echo "$pipelineStatus $pipelineRunId $jobName $POD"; sleep 1'),
      ttlSecondsAfterFinished: 604800,
    },
  };
}

/** The phases that a watch showed, in order, until the job had ended. */
async function phasesOf(namespace: string, name: string): Promise<string[]> {
  const seen: string[] = [];
  const scope = { namespace, sendInitialEvents: true, allowBookmarks: true };
  for await (const event of product().client.watch(omJobs, scope)) {
    if (event.type === 'BOOKMARK' || event.object.metadata.name !== name) continue;
    const phase = event.object.status?.phase;
    if (phase !== undefined && seen.at(-1) !== phase) seen.push(phase);
    if (phase === 'Succeeded' || phase === 'Failed') return seen;
  }
  return seen;
}

/** What `kubectl get omjobs` shows: the words above the columns, and what stands in those of the first row. */
async function columns(namespace: string): Promise<Map<string, unknown>> {
  const config = await loadKubeconfig({ path: product().kubeconfig, env: process.env });
  const transport = undiciTransport(config, { clock: systemClock });
  try {
    const answer = await transport.send({
      method: 'GET',
      path: `/apis/pipelines.openmetadata.org/v1/namespaces/${namespace}/omjobs`,
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
      lane: 'read',
    });
    let text = '';
    for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
    const table = JSON.parse(text) as {
      columnDefinitions: { name: string; priority: number }[];
      rows: { cells: unknown[] }[];
    };
    const cells = table.rows[0]?.cells ?? [];
    return new Map(
      table.columnDefinitions.flatMap(({ name, priority }, index) =>
        priority === 0 ? [[name, cells[index]] as const] : [],
      ),
    );
  } finally {
    await transport.close();
  }
}

const ended = (namespace: string, name = NAME) =>
  omJobWhen(
    product().client,
    { namespace, name },
    ({ status }) => /Succeeded|Failed/.test(status?.phase ?? ''),
    'ended',
  );

describe("a manifest that was made for OpenMetadata's operator", () => {
  it('works unchanged: phases, pods, environment, Events and columns are as its tools know them', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    const phases = phasesOf(namespace, NAME);
    const made: OMJob = await client.create(omJobs, manifest(namespace) as unknown as OMJob, {
      fieldValidation: 'Strict',
    });
    await ended(namespace);
    expect(await phases).toEqual(['Pending', 'Running', 'ExitHandlerRunning', 'Succeeded']);

    expect(await logOf(client, namespace, `${NAME}-main`)).toBe(
      `ingestionPipelineFQN: mysql.pipeline\n${NAME}-main\n`,
    );
    expect(await logOf(client, namespace, `${NAME}-exit`)).toBe(`success ${RUN_ID} ${NAME} ${NAME}-exit\n`);

    for (const [suffix, podType] of [
      ['main', 'main'],
      ['exit', 'exit-handler'],
    ]) {
      const pod = await client.get(pods, { namespace, name: `${NAME}-${suffix}` });
      expect(pod.metadata).toMatchObject({
        labels: {
          ...LABELS,
          'omjob.pipelines.openmetadata.org/name': NAME,
          'omjob.pipelines.openmetadata.org/pod-type': podType,
        },
        annotations: { 'example.com/team': 'data' },
        ownerReferences: [{ kind: 'OMJob', name: NAME, uid: made.metadata.uid, controller: true }],
      });
      expect(pod.spec).toMatchObject({
        restartPolicy: 'Never',
        serviceAccountName: 'default',
        securityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, runAsNonRoot: true },
        containers: [
          {
            name: 'main',
            securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
            resources: { limits: { cpu: '500m', memory: '512Mi' } },
          },
        ],
      });
      expect(pod.spec?.tolerations).toContainEqual({
        key: 'dedicated',
        operator: 'Exists',
        effect: 'NoSchedule',
      });
    }

    const wanted = ['MainPodCreated', 'MainPodCompleted', 'ExitHandlerCreated', 'OMJobCompleted'];
    await eventually(
      async () => {
        const { items } = await client.list(events, { namespace });
        const told = new Set(
          items.filter(({ involvedObject }) => involvedObject.kind === 'OMJob').map(({ reason }) => reason),
        );
        return wanted.every((reason) => told.has(reason));
      },
      `the Events ${wanted.join(', ')}`,
    );

    const shown = await columns(namespace);
    expect([...shown.keys()]).toEqual(['Name', 'Phase', 'Main Pod', 'Exit Handler', 'Age']);
    expect([...shown.values()].slice(0, 4)).toEqual([NAME, 'Succeeded', `${NAME}-main`, `${NAME}-exit`]);
  });

  it('may have a name that no pod could have: its pods have its beginning and a hash', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    const name = `om-cronomjob-${'a-very-long-pipeline-'.repeat(5)}1767225600`;
    await createOMJob(
      client,
      { namespace, name },
      { mainPodSpec: shellPart('true'), exitHandlerSpec: shellPart('true') },
    );
    const { status } = await ended(namespace, name);
    expect(status?.phase).toBe('Succeeded');
    expect(status?.mainPodName).toMatch(/^om-cronomjob-a-very-long-.*-[0-9a-f]{6}-main$/);
    expect(status?.exitHandlerPodName).toMatch(/^om-cronomjob-a-very-long-.*-[0-9a-f]{6}-exit$/);
    const { metadata } = await client.get(pods, { namespace, name: status?.mainPodName ?? '' });
    expect(metadata?.labels?.['omjob.pipelines.openmetadata.org/name']).toMatch(
      /^om-cronomjob-a-very-long-.*-[0-9a-f]{7}$/,
    );
  });
});
