import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePorts } from '../../../support/freePorts.ts';
import { BenchError } from '../benchError.ts';
import { type ControllerProfile, type ControlPlane, NAMESPACE, SYSTEM_NAMESPACE } from '../controlPlane.ts';
import type { ProgramAndCrds } from '../programs.ts';
import { until } from '../until.ts';
import { native } from './native.ts';
import type { System } from './system.ts';

const WARM_MS = 5000;
const START_SECONDS = 60;
const QUEUE = 'main';

/** The manager insists on finding the certificate of its metrics at this place. */
const METRICS_CERTIFICATES = '/etc/kueue/metrics/certs';

/** `default` is the configuration that it ships; `tuned` has rates and reconcilers that do not bind. */
const PROFILES = {
  default: { qps: 300, burst: 500, jobs: 5, workloads: 10 },
  tuned: { qps: 1000, burst: 2000, jobs: 16, workloads: 16 },
} as const;

/**
 * Kueue before the native Job controller: suspended Jobs in one LocalQueue with room for all of them. Its webhooks are not
 * registered; with them every Job costs two calls more.
 */
export function kueue(profile: ControllerProfile, { program, crds }: ProgramAndCrds): System {
  const jobs = native(profile);
  return {
    ...jobs,
    name: 'kueue',
    processes: ['kueue', 'kcm'],
    crds: () =>
      readdirSync(crds)
        .filter((file) => file.startsWith('kueue.x-k8s.io_'))
        .map((file) => readFileSync(join(crds, file), 'utf8')),
    async start(plane) {
      await jobs.start(plane);
      const config = await writeConfig(plane, profile);
      plane.processes.start(
        'kueue',
        program,
        ['--config', config, '--feature-gates=VisibilityOnDemand=false'],
        {
          KUBECONFIG: plane.kubeconfig('system'),
        },
      );
      await until('the queues of Kueue', START_SECONDS, async () => {
        plane.processes.assertRunning('kueue');
        plane.kubectl(
          ['apply', '-f', '-'],
          JSON.stringify({ apiVersion: 'v1', kind: 'List', items: queues() }),
        );
        return true;
      });
      await delay(WARM_MS);
      plane.processes.assertRunning('kueue');
    },
    run(name, { runFor, handler }) {
      const job = jobs.run(name, { runFor, handler }) as { metadata: object; spec: { template: Template } };
      const [container] = job.spec.template.spec.containers;
      const containers = [{ ...container, resources: { requests: { cpu: '1m' } } }];
      const template = { ...job.spec.template, spec: { ...job.spec.template.spec, containers } };
      return {
        ...job,
        metadata: { name, labels: { 'kueue.x-k8s.io/queue-name': QUEUE } },
        spec: { ...job.spec, suspend: true, template },
      };
    },
    admitted: ({ spec }) => spec?.['suspend'] === false,
  };
}

interface Template {
  readonly spec: { readonly containers: readonly [object] };
}

async function writeConfig({ folder }: ControlPlane, profile: ControllerProfile): Promise<string> {
  const { qps, burst, jobs, workloads } = PROFILES[profile];
  const [health, metrics, webhook] = await freePorts(3);
  const certificates = join(folder, 'kueue');
  writeCertificate(certificates);
  const config = {
    apiVersion: 'config.kueue.x-k8s.io/v1beta2',
    kind: 'Configuration',
    namespace: SYSTEM_NAMESPACE,
    health: { healthProbeBindAddress: `127.0.0.1:${health}` },
    metrics: { bindAddress: `127.0.0.1:${metrics}` },
    webhook: { host: '127.0.0.1', port: webhook, certDir: certificates },
    leaderElection: { leaderElect: false },
    internalCertManagement: { enable: false },
    controller: {
      groupKindConcurrency: {
        'Job.batch': jobs,
        Pod: 5,
        'Workload.kueue.x-k8s.io': workloads,
        'LocalQueue.kueue.x-k8s.io': 5,
        'Cohort.kueue.x-k8s.io': 1,
        'ClusterQueue.kueue.x-k8s.io': 5,
        'ResourceFlavor.kueue.x-k8s.io': 1,
      },
    },
    clientConnection: { qps, burst },
    integrations: { frameworks: ['batch/job'] },
  };
  const path = join(certificates, 'config.json');
  writeFileSync(path, JSON.stringify(config));
  return path;
}

function writeCertificate(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const [key, certificate] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '30', '-subj', '/CN=localhost'];
  execFileSync('openssl', [...request, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
  linkMetricsCertificates(folder);
}

function linkMetricsCertificates(folder: string): void {
  const remove = () => rmSync(METRICS_CERTIFICATES, { force: true });
  try {
    mkdirSync(dirname(METRICS_CERTIFICATES), { recursive: true });
    remove();
    symlinkSync(folder, METRICS_CERTIFICATES);
  } catch (cause) {
    throw new BenchError(
      `starting Kueue: it needs a link at ${METRICS_CERTIFICATES}, which can't be made; run as root`,
      {
        cause,
      },
    );
  }
  process.once('exit', remove);
}

/** One queue with room for everything: what it takes to decide, and no waiting for quota. */
function queues(): object[] {
  const apiVersion = 'kueue.x-k8s.io/v1beta2';
  const flavor = { name: 'fake', resources: [{ name: 'cpu', nominalQuota: '10000' }] };
  return [
    { apiVersion, kind: 'ResourceFlavor', metadata: { name: 'fake' } },
    {
      apiVersion,
      kind: 'ClusterQueue',
      metadata: { name: QUEUE },
      spec: { namespaceSelector: {}, resourceGroups: [{ coveredResources: ['cpu'], flavors: [flavor] }] },
    },
    {
      apiVersion,
      kind: 'LocalQueue',
      metadata: { name: QUEUE, namespace: NAMESPACE },
      spec: { clusterQueue: QUEUE },
    },
  ];
}
