import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { OMJob } from '../../../src/core/omjob/omJob.ts';
import { logOf, omJobWhen } from '../../support/omJob.ts';
import type { Bench } from '../benches.ts';
import { handlerDelays } from '../handlerDelays.ts';
import { amount, type Figure, percentile } from '../report.ts';
import { dataFolder, startUpProcess, type Up } from '../up.ts';

const TIMES = 60;

/** What stands for the ingestion image: main says what time it is, and the handler does nothing. */
const PYTHON = `#!/bin/sh
[ "$1" = exit_handler.py ] || exec date +%s%3N
`;

/** A pipeline on kubelite: how soon it is deployed, how soon a run speaks, how soon its handler comes. */
export const pipelines: Bench = {
  name: 'pipelines',
  async measure() {
    const bin = mkdtempSync(join(tmpdir(), 'endwell-bench-ingestion-'));
    writeFileSync(join(bin, 'python'), PYTHON);
    chmodSync(join(bin, 'python'), 0o755);
    const { data, remove } = dataFolder();
    const up = await startUpProcess(data, {
      K8S_SERVICE_ACCOUNT_NAME: 'default',
      K8S_EXTRA_ENV_VARS: `PATH:${bin}:/usr/bin:/bin`,
    });
    const figures = await measureOn(up);
    await up.stop();
    remove();
    rmSync(bin, { recursive: true, force: true });
    return figures;
  },
};

async function measureOn(up: Up): Promise<Figure[]> {
  const deployed: number[] = [];
  const [answered, spoken]: [number[], number[]] = [[], []];
  for (let index = 0; index < TIMES; index += 1) {
    const start = performance.now();
    await post(up, '/pipelines', deployment(`p${index}`));
    deployed.push(performance.now() - start);
  }
  const handled = await handlerDelays(up.client, TIMES, async (index) => {
    const [wall, start] = [Date.now(), performance.now()];
    const { jobName: name } = await post(up, `/pipelines/mysql.p${index}/run`, {});
    answered.push(performance.now() - start);
    const hasEnded = (job: OMJob) => job.status?.phase === 'Succeeded';
    await omJobWhen(up.client, { namespace: 'default', name }, hasEnded, 'succeeded');
    spoken.push(Number(await logOf(up.client, 'default', `${name}-main`)) - wall);
  });
  return [
    ...both('HTTP request → pipeline deployed', deployed),
    ...both('HTTP request → run of a pipeline stored', answered),
    ...both('HTTP request → first line of a pipeline’s main', spoken),
    ...both(
      "OMJob: main's end → exit handler's pod created",
      handled,
      "OpenMetadata's own operator looks every 10 s",
    ),
  ];
}

function both(what: string, values: readonly number[], aim = ''): Figure[] {
  return [
    { what: `${what}, p50`, value: amount(percentile(values, 0.5), 'ms'), aim },
    { what: `${what}, p99`, value: amount(percentile(values, 0.99), 'ms'), aim },
  ];
}

function deployment(name: string) {
  return {
    pipeline: {
      name,
      fullyQualifiedName: `mysql.${name}`,
      pipelineType: 'metadata',
      sourceConfig: { config: { type: 'DatabaseMetadata' } },
      airflowConfig: { scheduleInterval: '@yearly' },
      openMetadataServerConnection: { hostPort: 'http://om/api', securityConfig: { jwtToken: 't' } },
    },
    service: { name: 'mysql', serviceType: 'Mysql', connection: { config: { type: 'Mysql' } } },
  };
}

async function post(up: Up, path: string, body: object): Promise<{ jobName: string }> {
  const answer = await fetch(`${up.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${up.token}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`POST ${path}: ${answer.status} ${text}`);
  return JSON.parse(text) as { jobName: string };
}
