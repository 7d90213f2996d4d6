import { cronOMJobs } from '../../../src/actions/resources.ts';
import { OMJOB_API_VERSION } from '../../../src/core/omjob/omJob.ts';
import type { KubeClient } from '../../../src/kube/types.ts';
import type { Bench } from '../benches.ts';
import { startEmptyCluster } from '../emptyCluster.ts';
import { pause, startOperatorProcess } from '../operatorProcess.ts';
import { amount } from '../report.ts';

const SCHEDULES = 5_000;
const AT_ONCE = 50;
/** Of the time at rest that is looked at. */
const REST_SECONDS = 30;

/** What an operator costs while many schedules wait for their time: a process of its own, the API in this one. */
export const cronOMJobsAtRest: Bench = {
  name: 'cronOMJobs',
  async measure() {
    const cluster = await startEmptyCluster();
    const { client, kubeconfig } = cluster;
    const operator = startOperatorProcess(kubeconfig);
    for (let from = 0; from < SCHEDULES; from += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, (_, index) => makeOne(client, from + index)));
    while (!(await areAllKnown(client))) await pause(1_000);
    const rss = await operator.rss();
    const before = operator.cpuSeconds();
    await pause(REST_SECONDS * 1_000);
    const share = (operator.cpuSeconds() - before) / REST_SECONDS;
    await operator.stop();
    await cluster.stop();
    return [
      {
        what: `RSS of an operator with ${SCHEDULES} CronOMJobs at rest`,
        value: amount(rss / 1e6, 'MB'),
        aim: '',
      },
      {
        what: `CPU of an operator with ${SCHEDULES} CronOMJobs at rest`,
        value: amount(share * 100, '% of a core'),
        aim: '',
      },
    ];
  },
};

/** As a pipeline that runs once a night has it, each at a minute of its own. */
async function makeOne(client: KubeClient, index: number): Promise<void> {
  const pod = {
    image: 'ingestion:1',
    command: ['python', 'main.py'],
    env: [{ name: 'a', value: String(index) }],
  };
  // Of a day in another half of the year: none of them is due while this is measured.
  const month = ((new Date().getUTCMonth() + 6) % 12) + 1;
  await client.create(cronOMJobs, {
    apiVersion: OMJOB_API_VERSION,
    kind: 'CronOMJob',
    metadata: { name: `om-cronomjob-${index}`, namespace: 'default' },
    spec: {
      schedule: `${index % 60} ${index % 24} 1 ${month} *`,
      timeZone: 'UTC',
      omJobSpec: { mainPodSpec: pod, exitHandlerSpec: pod },
    },
  });
}

async function areAllKnown(client: KubeClient): Promise<boolean> {
  const { items } = await client.listAll(cronOMJobs, { namespace: 'default' });
  return items.every(({ status }) => status?.endwell?.nextSlot !== undefined);
}
