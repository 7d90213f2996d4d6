import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { groups, liveThrough } from '../faults/groups.ts';
import { lineOf } from '../faults/report.ts';
import { type ClusterStage, openStage } from '../faults/stage.ts';
import { ROOT } from '../support/documents.ts';

const program = join(ROOT, 'dist', 'endwell.js');
let stage: ClusterStage | undefined;

beforeAll(async () => {
  stage = await openStage();
});

afterAll(() => stage?.cleanups.run());

/** Each fault once, with few runs; `npm run test:cluster -- faults` is the table of the guarantee. */
describe('three operators and their runs live through', () => {
  it.each(groups)('$name', async (group) => {
    if (stage === undefined) throw new Error('living through a fault: the stage is not open');
    const results = await liveThrough(group, { stage, form: 'short', program });
    console.info(results.map(lineOf).join('\n'));
    expect(results.flatMap(({ name, counts }) => counts.problems.map((line) => `${name}: ${line}`))).toEqual(
      [],
    );
  });
});
