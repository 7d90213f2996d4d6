import { setTimeout as delay } from 'node:timers/promises';
import { type AuditEntry, deedOf, isDryRun } from '../../support/auditLog.ts';
import type { ControlPlane } from './controlPlane.ts';
import { measureRound } from './round.ts';
import { type Shape, type System, titleOf } from './systems/system.ts';

/** What comes just after the last end (labels, events, status) belongs to the writes too. */
const SETTLE_MS = 15_000;

/** Not writes of one run: told beside it. */
const APART = new Set(['events', 'controllerrevisions', 'configmaps']);

/** One kind of write of one client. */
export interface Deed {
  /** `system`: the measured system itself; else the name of a part of the control plane, or `client`. */
  readonly client: string;
  /** `create pods`, `update runs/status`. */
  readonly deed: string;
  /** HTTP status of a refusal; undefined: it was done. */
  readonly refused: number | undefined;
  readonly perRun: number;
}

/** All writes while so many runs lived, leases and dry runs left out. */
export interface Writes {
  readonly system: string;
  readonly handler: Shape['handler'];
  readonly n: number;
  readonly deeds: readonly Deed[];
}

/** The writes of a system's own for each run; `Events` and what is shared by many runs apart. */
export function ownWrites(system: System, { deeds }: Writes) {
  const own = deeds.filter((one) => ownClients(system).includes(one.client));
  const resource = ({ deed }: Deed) => deed.split(' ')[1] ?? '';
  const sum = (some: readonly Deed[]) => some.reduce((total, { perRun }) => total + perRun, 0);
  return {
    ofRuns: sum(own.filter((one) => !APART.has(resource(one)))),
    events: sum(own.filter((one) => resource(one) === 'events')),
    shared: sum(own.filter((one) => APART.has(resource(one)) && resource(one) !== 'events')),
    refused: sum(own.filter(({ refused }) => refused !== undefined)),
  };
}

function ownClients({ processes }: System): string[] {
  return processes.map((name) => (name === 'kcm' ? 'job-controller' : 'system'));
}

/** Counts them in the audit log of a control plane that keeps one. */
export async function countWrites(
  plane: ControlPlane,
  system: System,
  n: number,
  handler: Shape['handler'],
): Promise<Writes> {
  const from = plane.auditBytes();
  await measureRound(plane, system, 'burst', n, { runFor: '1s', handler });
  await delay(SETTLE_MS);
  const counts = new Map<
    string,
    { client: string; deed: string; refused: number | undefined; count: number }
  >();
  for (const entry of entriesOf(plane.auditLog(from))) {
    const code = entry.responseStatus?.code ?? 0;
    const refused = code >= 400 ? code : undefined;
    const [client, deed] = [clientOf(entry), deedOf(entry)];
    const key = `${client} ${deed} ${refused}`;
    const known = counts.get(key) ?? { client, deed, refused, count: 0 };
    counts.set(key, { ...known, count: known.count + 1 });
  }
  const deeds = [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { count, ...rest }]) => ({ ...rest, perRun: count / n }));
  return { system: titleOf(system), handler, n, deeds };
}

/** The last line may still be in the writing. */
function entriesOf(text: string): AuditEntry[] {
  return text
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as AuditEntry)
    .filter((entry) => entry.objectRef?.resource !== 'leases' && !isDryRun(entry));
}

function clientOf({ user }: AuditEntry): string {
  return user.username.replace(/^system:(serviceaccount:[^:]+:|node:)?/, '');
}
