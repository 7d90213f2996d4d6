import { Client } from 'pg';
import type { Phase } from '../../../src/core/run/run.ts';
import { openHistory } from '../../../src/store/openHistory.ts';
import { pack } from '../../../src/store/sql/packed.ts';
import { aStoredRun, withStatus } from '../../../src/store/testing/storedRuns.ts';
import type { HistoryStore, RunQuery } from '../../../src/store/types.ts';
import type { Bench } from '../benches.ts';
import { amount, type Figure, percentile } from '../report.ts';

const RUNS = 1_000_000;
const DAYS = 90;
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);
const PAGE = 100;
/** Pages read per filter, each from another place in time. */
const PAGES = 150;
/** What the story of history asks for. */
const AIM = '≤ 50 ms';

/** Pages of a history of a million runs; a database of its own is made by the server at ENDWELL_TEST_DATABASE_URL, and dropped. */
export const history: Bench = {
  name: 'history',
  async measure() {
    const url = process.env['ENDWELL_TEST_DATABASE_URL'];
    if (url === undefined)
      return [{ what: 'pages of history', value: 'not measured: no ENDWELL_TEST_DATABASE_URL', aim: AIM }];
    const name = `endwell_bench_${process.pid}`;
    await statement(url, `create database ${name}`);
    try {
      const own = new URL(url);
      own.pathname = `/${name}`;
      return await measurePages(own.href);
    } finally {
      await statement(url, `drop database ${name} with (force)`);
    }
  },
};

async function measurePages(url: string): Promise<Figure[]> {
  const store = openHistory({ kind: 'postgres', url });
  await store.ready();
  await fill(url);
  const figures: Figure[] = [];
  for (const [what, query] of Object.entries(FILTERS)) {
    const times = await readPages(store, query);
    figures.push({
      what: `page of ${PAGE} of ${RUNS} runs, ${what}`,
      value: `p50 ${amount(percentile(times, 0.5), 'ms')}, p99 ${amount(percentile(times, 0.99), 'ms')}`,
      aim: `p99 ${AIM}`,
    });
  }
  const [size] = await statement(url, "select pg_total_relation_size('endwell_runs')::float as bytes");
  await store.close();
  const bytes = Number(size?.['bytes']) / RUNS;
  return [
    ...figures,
    { what: 'disk for a run in the list, indexes included', value: amount(bytes, 'bytes'), aim: '' },
  ];
}

/** A few runs of 40 namespaces, of which one has half of all; 5,000 subjects; phases as rare as in life. */
const FILTERS: Record<string, Omit<RunQuery, 'limit'>> = {
  'no filter': {},
  'a large namespace': { namespaces: ['ns-0'] },
  'a small namespace': { namespaces: ['ns-7'] },
  '20 namespaces': { namespaces: Array.from({ length: 20 }, (_, n) => `ns-${n}`) },
  'a common phase': { phase: 'Succeeded' },
  'a rare phase': { phase: 'Cancelled' },
  'a rare phase in a small namespace': { phase: 'Cancelled', namespaces: ['ns-7'] },
  'a subject': { subject: { kind: 'connection', id: 'c-77' } },
  'a subject and a phase': { subject: { kind: 'connection', id: 'c-77' }, phase: 'Failed' },
  'a profile': { profile: 'sync' },
  'a queue': { queue: 'q-3' },
  'a rare profile in a small namespace': { profile: 'spec', namespaces: ['ns-7'] },
  'a rare profile and a rare phase': { profile: 'spec', phase: 'Cancelled' },
  'a queue in a large namespace': { queue: 'q-3', namespaces: ['ns-0'] },
  'a window of a day': { since: START + 30 * DAY_MS, until: START + 31 * DAY_MS },
  'everything at once': {
    namespaces: ['ns-7'],
    phase: 'Failed',
    profile: 'sync',
    queue: 'q-3',
    deleted: true,
    since: START + 5 * DAY_MS,
    until: START + 85 * DAY_MS,
  },
  'what is in no row': { phase: 'Refused', profile: 'spec' },
};

/** ms of each page, each after a position that is spread evenly over the whole time; the first ones warm up. */
async function readPages(store: HistoryStore, query: Omit<RunQuery, 'limit'>): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < PAGES; n += 1) {
    const createdAt = START + ((n * 37) % PAGES) * ((DAYS * DAY_MS) / PAGES);
    const start = performance.now();
    await store.list({ ...query, limit: PAGE, ...(n % 10 !== 0 && { after: { createdAt, uid: 'm' } }) });
    times.push(performance.now() - start);
  }
  return times;
}

async function fill(url: string): Promise<void> {
  const phase: Phase = 'Succeeded';
  const object = Buffer.from(pack(withStatus(aStoredRun(), 7, phase))).toString('hex');
  await statement(
    url,
    `insert into endwell_runs
      select md5(n::text), 'ns-' || case when h % 2 = 0 then 0 else h / 2 % 40 end, 'run-' || n,
        timestamptz 'epoch' + make_interval(secs => ${START / 1000} + n::float / ${RUNS} * ${DAYS * 86_400}),
        case when h % 1000 < 5 then 'spec' when h % 10 < 8 then 'sync' else 'job' end,
        'q-' || h / 7 % 10, 'connection', 'c-' || h / 3 % 5000,
        case when h % 1000 < 900 then 'Succeeded' when h % 1000 < 997 then 'Failed' else 'Cancelled' end,
        7, now(), now(), now(), '\\x${object}'
      from (select n, abs(hashint4(n)) as h from generate_series(1, ${RUNS}) as n) as numbered`,
  );
  await statement(url, 'vacuum analyze endwell_runs');
}

async function statement(url: string, text: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows as Record<string, unknown>[];
  } finally {
    await client.end();
  }
}
