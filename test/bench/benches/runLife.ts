import { endedRun } from '../../support/product.ts';
import type { Bench } from '../benches.ts';
import { handlerDelays } from '../handlerDelays.ts';
import { amount, percentile } from '../report.ts';
import { dataFolder, startUpProcess, type Up } from '../up.ts';

const ONE_BY_ONE = 60;
const TOGETHER = 150;

/** A run on kubelite: how soon it speaks, how soon its handler comes, how many in a second. */
export const runLife: Bench = {
  name: 'runs',
  async measure() {
    const { data, remove } = dataFolder();
    const up = await startUpProcess(data);
    const firstLine = await firstLines(up);
    const handler = await runDelays(up);
    const perSecond = await throughput(up);
    await up.stop();
    remove();
    return [
      {
        what: 'HTTP request → first line of main, p50',
        value: amount(percentile(firstLine, 0.5), 'ms'),
        aim: '≤ 150 ms',
      },
      {
        what: 'HTTP request → first line of main, p99',
        value: amount(percentile(firstLine, 0.99), 'ms'),
        aim: '',
      },
      { what: "main's end → exit pod created, p50", value: amount(percentile(handler, 0.5), 'ms'), aim: '' },
      {
        what: "main's end → exit pod created, p99",
        value: amount(percentile(handler, 0.99), 'ms'),
        aim: '≤ 20 ms',
      },
      {
        what: `runs of true with a handler, ${TOGETHER} at once`,
        value: amount(perSecond, 'runs/s'),
        aim: '',
      },
    ];
  },
};

/** From before the request is sent until main itself says what time it is. */
async function firstLines(up: Up): Promise<number[]> {
  const script = `process.stdout.write(String(Date.now()) + '\\n')`;
  const delays: number[] = [];
  for (let number = 0; number < ONE_BY_ONE; number += 1) {
    const start = Date.now();
    await submit(up, `line-${number}`, [process.execPath, '-e', script]);
    await endedRun(up.client, 'default', `line-${number}`);
    let text = '';
    for await (const chunk of await up.client.podLog({ namespace: 'default', name: `line-${number}-m1` }))
      text += Buffer.from(chunk).toString();
    delays.push(Number(text) - start);
  }
  return delays;
}

function runDelays(up: Up): Promise<number[]> {
  return handlerDelays(up.client, ONE_BY_ONE, async (number) => {
    await submit(up, `exit-${number}`, ['sleep', '0.05'], ['true']);
    await endedRun(up.client, 'default', `exit-${number}`);
  });
}

async function throughput(up: Up): Promise<number> {
  const start = performance.now();
  const names = Array.from({ length: TOGETHER }, (_, number) => `many-${number}`);
  await Promise.all(names.map((name) => submit(up, name, ['true'], ['true'])));
  await Promise.all(names.map((name) => endedRun(up.client, 'default', name)));
  return TOGETHER / ((performance.now() - start) / 1000);
}

async function submit(up: Up, name: string, command: string[], exitCommand?: string[]): Promise<void> {
  const container = (words: string[]) => ({
    spec: { containers: [{ name: 'main', image: 'any', command: words }] },
  });
  const spec = { main: container(command), ...(exitCommand && { exitHandler: container(exitCommand) }) };
  const response = await fetch(`${up.url}/api/v1/runs?namespace=default`, {
    method: 'POST',
    headers: { authorization: `Bearer ${up.token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ metadata: { name }, spec }),
  });
  if (!response.ok) throw new Error(`submitting ${name}: ${response.status} ${await response.text()}`);
}
