import { join } from 'node:path';
import { apiServerFaults } from './apiServer.ts';
import { Cleanups } from './cleanups.ts';
import { connectionFaults } from './connections.ts';
import { awayDatabase, fullDatabaseDisk, fullLogDisk, openStores, type StoreSetting } from './database.ts';
import type { Form, Plan, Row, Setting } from './fault.ts';
import { leaderFaults } from './leader.ts';
import { nodeFaults } from './node.ts';
import { startOperators } from './operators.ts';
import { podFaults } from './pods.ts';
import type { ClusterStage } from './stage.ts';
import { type Result, trial } from './trial.ts';
import { upKilled } from './up.ts';
import { buildVersionBefore, upgradeFaults } from './upgrade.ts';

/** What a group is lived through with. */
export interface Parts {
  readonly stage: ClusterStage;
  readonly form: Form;
  /** Path of endwell.js of this commit. */
  readonly program: string;
}

/** Faults that share operators, and so are lived through at the same time. */
export interface Group {
  readonly name: string;
  live(parts: Parts, cleanups: Cleanups): Promise<Result[]>;
}

interface Planned {
  readonly name: string;
  readonly does: Readonly<Record<Form, string>>;
  readonly plan: (setting: Setting) => Plan;
}

interface Operating {
  readonly flags?: readonly string[];
  /** What operators begin as; default: this commit's. */
  readonly program?: string;
}

/** All of them, in the order of the table. */
export const groups: readonly Group[] = [
  ...[...leaderFaults, ...connectionFaults, ...apiServerFaults, ...nodeFaults].map(alone),
  {
    name: 'pods and namespaces, and beside them endwell up killed',
    live: async (parts, cleanups) =>
      (
        await Promise.all([
          operate(podFaults, {}, parts, cleanups),
          upKilled(parts.form, parts.program, cleanups).then((result) => [result]),
        ])
      ).flat(),
  },
  ...upgradeFaults.map((row) => ({
    name: row.name,
    async live(parts: Parts, cleanups: Cleanups) {
      const program = await buildVersionBefore(parts.stage.folder);
      return operate([row], { program }, parts, cleanups);
    },
  })),
  // A database and a disk for logs that are away at the same time: history needs both.
  storing([awayDatabase, fullLogDisk]),
  storing([fullDatabaseDisk]),
];

function storing(rows: readonly Row<StoreSetting>[]): Group {
  const name = rows.map((row) => row.name).join(', ');
  return {
    name,
    async live(parts, cleanups) {
      const stores = await openStores(join(parts.stage.folder, name.replaceAll(/\W+/g, '-')), cleanups);
      const planned = rows.map((row) => ({
        ...row,
        plan: (setting: Setting) => row.plan({ ...setting, stores }),
      }));
      return operate(planned, { flags: stores.flags }, parts, cleanups);
    },
  };
}

function alone(row: Planned): Group {
  return { name: row.name, live: (parts, cleanups) => operate([row], {}, parts, cleanups) };
}

/** Lives through one group; everything that it started has ended when this resolves, also where it throws. */
export async function liveThrough(group: Group, parts: Parts): Promise<Result[]> {
  const cleanups = new Cleanups();
  const end = parts.stage.cleanups.add(() => cleanups.run());
  try {
    return await group.live(parts, cleanups);
  } finally {
    await end();
  }
}

/** Three operators of their own, and every fault of the group at once. */
async function operate(
  rows: readonly Planned[],
  { flags = [], program: begins }: Operating,
  { stage, form, program }: Parts,
  cleanups: Cleanups,
): Promise<Result[]> {
  const folder = join(stage.folder, 'operators', (rows[0]?.name ?? '').replaceAll(' ', '-'));
  const operators = await startOperators({
    ...stage.operatorParts,
    program: begins ?? program,
    folder,
    flags,
  });
  cleanups.add(() => operators.close());
  const setting = { form, operators, program };
  const results = await Promise.all(
    rows.map((row) => trial(row, row.plan(setting), { ...stage, cleanups }, form)),
  );
  const sentences = operators.all
    .filter(({ crashes }) => crashes > 0)
    .map(({ name, crashes }) => `crashed: ${name} ended by itself ${crashes} times`);
  return results.map((result) => withProblems(result, sentences));
}

function withProblems(result: Result, sentences: readonly string[]): Result {
  const problems = [...result.counts.problems, ...sentences];
  return { ...result, counts: { ...result.counts, problems } };
}
