import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ControllerRevision } from 'kubernetes-types/apps/v1.d.ts';
import type { ConfigMap, Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { recordOf } from '../../src/core/admission/batch.ts';
import { demandOf } from '../../src/core/admission/demand.ts';
import { explain } from '../../src/core/explain/explain.ts';
import { templateOf } from '../../src/core/manifest/templateRevision.ts';
import { LABEL } from '../../src/core/naming/naming.ts';
import { hasEnded, nameOf } from '../../src/core/pod/podFacts.ts';
import type { Queue } from '../../src/core/queue/queue.ts';
import { queueSpecSchema } from '../../src/core/queue/spec.ts';
import { newerPart } from '../../src/core/run/newer.ts';
import { isTerminal } from '../../src/core/run/phases.ts';
import type { Run } from '../../src/core/run/run.ts';
import { parseRunSpec } from '../../src/core/run/spec.ts';
import { isOurPod, isOurTemplate } from '../../src/core/sweep/isOurs.ts';
import { endedPod } from '../../src/core/testing/podLife.ts';
import { World } from '../../src/core/testing/world.ts';
import { runStatusSchema } from '../../src/crd/runStatusSchema.ts';
import { ROOT } from '../support/documents.ts';

const OBJECTS = join(ROOT, 'test', 'fixtures', 'objects');

function read<T>(version: string, file: string): T[] {
  return JSON.parse(readFileSync(join(OBJECTS, version, `${file}.json`), 'utf8')) as T[];
}

/** What is there by the time that somebody looks at it: a minute after the last of it was written. */
function now(runs: readonly Run[]): number {
  const stamps = runs.flatMap(
    ({ status }) => status?.conditions.map((one) => Date.parse(one.lastTransitionTime)) ?? [],
  );
  return Math.max(...stamps) + 60_000;
}

describe.each(readdirSync(OBJECTS))('what version %s stored', (version) => {
  const runs = read<Run>(version, 'runs');
  const pods = read<Pod>(version, 'pods');
  const templates = new Map(
    read<ControllerRevision>(version, 'templates')
      .filter(isOurTemplate)
      .map((revision) => [revision.metadata?.name, templateOf(revision)]),
  );
  const cases = runs.map((run): [string, Run] => [run.metadata.name ?? '', run]);
  const frozen = ({ status }: Run) => templates.get(status?.template);

  /** The run with its pods as they were, a minute later. */
  function world(run: Run): World {
    const made = new World(run, frozen(run));
    made.pods = pods.filter((pod) => pod.metadata?.labels?.[LABEL.runUid] === run.metadata.uid);
    made.now = now(runs);
    return made;
  }

  it.each(cases)('run %s: its spec and status are valid, and it is not left alone', (_name, run) => {
    expect(newerPart(run)).toBeUndefined();
    expect(parseRunSpec(run.spec).problems).toBeUndefined();
    expect(runStatusSchema.safeParse(run.status).error).toBeUndefined();
  });

  it.each(cases)('run %s: admission and explain know where it stands', (name, run) => {
    const demand = demandOf(run, now(runs));
    expect(demand === undefined).toBe(isTerminal(run.status?.phase));
    expect(demand?.queue).toBe(demand && (run.spec.queue ?? 'default'));
    expect(explain(run)).toMatchObject({ run: name, phase: run.status?.phase });
  });

  it.each(cases.filter(([, { status }]) => status?.template !== undefined))(
    'run %s: its frozen template is ours, and its pods are',
    (_name, run) => {
      expect(frozen(run)?.main.spec?.containers).toHaveLength(1);
      for (const pod of world(run).pods) expect(isOurPod(pod), nameOf(pod)).toBe(true);
    },
  );

  it.each(cases.filter(([, { status }]) => !isTerminal(status?.phase)))(
    'run %s: is taken to its end from where it stands, with its handler',
    (_name, run) => {
      const made = world(run).cancelRun().settle();
      for (let turn = 0; turn < 4 && !isTerminal(made.run?.status?.phase); turn += 1) {
        for (const pod of made.pods.filter((one) => !hasEnded(one)))
          made.change(nameOf(pod), (one) => endedPod(one, 0, made.now));
        made.settle();
      }
      expect(isTerminal(made.run?.status?.phase), JSON.stringify(made.run?.status)).toBe(true);
      expect(made.run?.status?.exit).toMatchObject({ owed: false, receipt: { exitCode: 0 } });
      expect(made.run?.metadata.finalizers).toEqual([]);
    },
  );

  it.each(cases.filter(([, { status }]) => isTerminal(status?.phase)))(
    'run %s: goes when its time is over',
    (_name, run) => {
      expect(world(run).pass(100_000).settle().writes).toContain('delete run');
    },
  );

  it('the object of admission names its epoch and what was granted', () => {
    const [record] = read<ConfigMap>(version, 'admission').map(({ data }) => recordOf(data));
    expect(record?.epoch).toBeGreaterThan(0);
    expect(record?.batch.every(({ uid }) => /^[0-9a-f-]{36}$/.test(uid))).toBe(true);
  });

  it('queues are valid', () => {
    for (const { spec } of read<Queue>(version, 'queues')) expect(queueSpecSchema.parse(spec)).toEqual(spec);
  });
});
