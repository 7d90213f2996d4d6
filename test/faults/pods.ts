import { setTimeout as delay } from 'node:timers/promises';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { NotFoundError } from '../../src/kube/errors.ts';
import { pods } from '../../src/kube/resources.ts';
import { kubectl } from '../support/account.ts';
import { SHELL_IMAGE } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { shell } from '../support/product.ts';
import type { Plan, Row, Scene, Setting } from './fault.ts';
import { type Job, worker } from './job.ts';

/** A phase of a run's life in which its pod is taken away: which pod, and how to know the moment. */
interface Moment {
  readonly name: string;
  readonly stage: 'm' | 'x';
  readonly seconds: number;
  isNow(pod: Pod): boolean;
  readonly ends: readonly string[];
}

const TAKEN = ['Failed PodDeleted'];
const DONE = ['Succeeded Completed'];
const isRunning = (pod: Pod) =>
  (pod.status?.containerStatuses ?? []).some(({ state }) => state?.running !== undefined);

/**
 * A pod that goes before its main has begun, or while it works, is PodDeleted: nobody can know what it did. One that
 * has ended may have been recorded before or not.
 */
const MOMENTS: readonly Moment[] = [
  { name: 'created', stage: 'm', seconds: 6, isNow: () => true, ends: [...TAKEN, ...DONE] },
  {
    name: 'bound',
    stage: 'm',
    seconds: 6,
    isNow: (pod) => pod.spec?.nodeName !== undefined,
    ends: [...TAKEN, ...DONE],
  },
  { name: 'running', stage: 'm', seconds: 60, isNow: isRunning, ends: TAKEN },
  {
    name: 'ended',
    stage: 'm',
    seconds: 1,
    isNow: ({ status }) => status?.phase === 'Succeeded',
    ends: [...TAKEN, ...DONE],
  },
  { name: 'exit-created', stage: 'x', seconds: 0, isNow: () => true, ends: DONE },
  { name: 'exit-running', stage: 'x', seconds: 0, isNow: isRunning, ends: DONE },
];

/** Runs whose pods are taken with no grace, each in another moment. */
function forced(copies: number): Plan {
  const load = (url: string) =>
    MOMENTS.flatMap((moment) =>
      Array.from({ length: copies }, (_, copy) => ({
        moment,
        job: {
          name: `${moment.name}-${copy}`,
          spec: worker({ url, seconds: moment.seconds, handlerSeconds: 1 }),
          ends: moment.ends,
        },
      })),
    );
  return {
    jobs: (url) => load(url).map(({ job }) => job),
    async strike(scene) {
      await Promise.all(load(scene.url).map(({ moment, job }) => take(scene, moment, job)));
    },
  };
}

/** `kubectl delete pod --force`: a delete with no grace, which leaves our finalizer. */
async function take(scene: Scene, moment: Moment, { name }: Job): Promise<void> {
  const ref = { namespace: scene.namespace, name: `${name}-${moment.stage}1` };
  const client = await scene.client();
  await eventually(
    async () => {
      const pod = await client.get(pods, ref).catch(() => undefined);
      if (pod !== undefined && moment.isNow(pod)) return true;
      // It was too quick for us: a moment that is over is not waited for.
      return scene.seen.runs.get(name)?.status?.conditions.some(({ type }) => type === 'Finished');
    },
    `pod ${ref.name} to be ${moment.name}`,
    240_000,
  );
  await client.delete(pods, ref, { gracePeriodSeconds: 0 }).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
  });
}

const rooted = { securityContext: { runAsUser: 0, runAsNonRoot: false } };

/** What is done to single runs and their namespaces by people and by the cluster. */
export const podFaults: readonly Row<Setting>[] = [
  {
    name: 'pods deleted by force',
    does: {
      short:
        'a pod deleted with no grace in each phase: created, bound, running, ended; the handler’s created, running',
      full: 'as in the short form, 8 runs for each phase',
    },
    plan: ({ form }) => forced(form === 'short' ? 1 : 8),
  },
  {
    name: 'namespace deleted',
    does: {
      short: 'the namespace of 3 runs at work deleted; their handlers can only be given up',
      full: 'the namespace of 20 runs at work deleted; their handlers can only be given up',
    },
    plan: ({ form }) => ({
      jobs: (url) =>
        Array.from({ length: form === 'short' ? 3 : 20 }, (_, index) => ({
          name: `r${index}`,
          spec: worker({ url, seconds: 300 }),
          ends: [
            'Cancelled Deleted',
            'Failed PodDeleted',
            'Failed NamespaceTerminating',
            'Cancelled NamespaceTerminating',
          ],
          mayGiveUp: true,
          goes: true,
        })),
      async strike(scene) {
        const mains = scene.jobs.length;
        await eventually(() => scene.calls('main').length >= mains, 'all mains to begin', 240_000);
        await kubectl('delete', 'namespace', scene.namespace, '--wait=false');
        await eventually(() => isNamespaceGone(scene.namespace), 'the namespace to be gone');
      },
      probe: 'none',
    }),
  },
  {
    name: 'quota',
    does: {
      short:
        'a quota of 0 pods for 12 s or longer: runs created meanwhile wait, and end only by their own startSeconds',
      full: 'a quota of 0 pods for 60 s: 20 runs created meanwhile wait, and end only by their own startSeconds',
    },
    plan: ({ form }) => ({
      jobs: (url) =>
        Array.from({ length: form === 'short' ? 2 : 20 }, (_, index): Job => {
          const spec = worker({ url, seconds: 0 });
          return index % 2 === 0
            ? { name: `waits${index}`, spec, ends: DONE }
            : {
                name: `gives-up${index}`,
                spec: { ...spec, limits: { startSeconds: 15 } },
                ends: ['Failed QuotaExceeded'],
              };
        }),
      prepare: async ({ namespace }) =>
        void (await kubectl('create', 'quota', '-n', namespace, 'none', '--hard=pods=0')),
      async strike({ form, namespace, jobs, seen }) {
        await delay(form === 'short' ? 12_000 : 60_000);
        const impatient = jobs.filter(({ spec }) => spec.limits?.startSeconds !== undefined);
        const isGivenUp = ({ name }: Job) => seen.runs.get(name)?.status?.main !== undefined;
        await eventually(() => impatient.every(isGivenUp), 'runs with a startSeconds to give up');
        await kubectl('delete', 'quota', '-n', namespace, 'none');
      },
    }),
  },
  {
    name: 'Pod Security',
    does: {
      short: 'a namespace that enforces "restricted": a main that asks for root is denied, with its handler',
      full: 'a namespace that enforces "restricted": 10 mains that ask for root are denied, with their handlers',
    },
    plan: ({ form }) => ({
      jobs: (url) =>
        Array.from({ length: form === 'short' ? 1 : 10 }, (_, index) => {
          const spec = worker({ url, seconds: 0, main: rooted });
          const limits = { startSeconds: 15 };
          return { name: `r${index}`, spec: { ...spec, limits }, ends: ['Failed PodSecurityDenied'] };
        }),
      prepare: async ({ namespace }) =>
        void (await kubectl(
          'label',
          'namespace',
          namespace,
          'pod-security.kubernetes.io/enforce=restricted',
        )),
      strike: () => Promise.resolve(),
    }),
  },
  {
    name: 'out of memory',
    does: {
      short: '2 mains that take more memory than their limit',
      full: '20 mains that take more memory than their limit',
    },
    plan: ({ form }) => ({
      jobs: (url) =>
        Array.from({ length: form === 'short' ? 2 : 20 }, (_, index) => {
          const { exitHandler } = worker({ url, seconds: 0 });
          const limits = { memory: '32Mi' };
          const container = { name: 'main', image: SHELL_IMAGE, resources: { limits } };
          const command = ['/bin/sh', '-c', 'exec tail /dev/zero'];
          const main = shell('', { containers: [{ ...container, command }] });
          const spec = exitHandler === undefined ? { main } : { main, exitHandler };
          return { name: `r${index}`, spec, ends: ['Failed OutOfMemory'] };
        }),
      strike: () => Promise.resolve(),
    }),
  },
];

async function isNamespaceGone(name: string): Promise<boolean> {
  return (await kubectl('get', 'namespace', name, '--ignore-not-found', '-o', 'name')).trim() === '';
}
