import type { QueuePlace } from '../../contract/routes/queues.ts';
import type { Routes } from '../../contract/routes.ts';
import { queueNameOf } from '../../core/admission/demand.ts';
import type { QueuePosition } from '../../core/admission/position.ts';
import { timeText } from '../../core/run/conditions.ts';
import { isTerminal } from '../../core/run/phases.ts';
import type { Run } from '../../core/run/run.ts';
import { demand } from '../access/demand.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { readRun, rightOn, runRefOf } from '../runs/read.ts';

/** `GET /runs/{name}/queue`. */
export async function explainQueue(api: Api, call: Call<Routes['explainQueue']>): Promise<Reply> {
  const ref = runRefOf(call);
  await demand(api.access, call.caller, [rightOn('get', ref)]);
  const run = await readRun(api, ref, call);
  return json(200, placeOf(run, await positionOf(api, run)));
}

/** Where a run stands; undefined for one that waits for nothing. */
export async function positionOf(api: Api, run: Run): Promise<QueuePosition | undefined> {
  if ((run.status?.phase ?? 'Queued') !== 'Queued') return undefined;
  return (await api.places.get()).get(run.metadata.uid ?? '');
}

function placeOf(run: Run, place: QueuePosition | undefined): QueuePlace {
  const { name = '', namespace = '' } = run.metadata;
  const phase = run.status?.phase ?? 'Queued';
  const about = { run: name, namespace, phase, queue: queueNameOf(run.spec) };
  if (place === undefined) {
    return {
      ...about,
      waits: phase === 'Queued',
      queueNamespace: null,
      reason: phase,
      message: afterQueue(run),
    };
  }
  const { queueNamespace, position, waiting, reason, message, estimatedStartAt } = place;
  return {
    ...about,
    waits: true,
    queueNamespace: queueNamespace ?? null,
    position,
    waiting,
    reason,
    message,
    ...(estimatedStartAt === undefined ? {} : { estimatedStartAt: timeText(estimatedStartAt) }),
  };
}

function afterQueue({ status }: Run): string {
  const phase = status?.phase ?? 'Queued';
  if (phase === 'Queued') return 'it was stored a moment ago and has no place yet';
  if (phase === 'Refused') return `it was refused: ${status?.message ?? status?.reason ?? ''}`;
  if (isTerminal(phase)) return `it has ended: ${phase}`;
  const since = status?.timeline.admittedAt;
  return since === undefined ? 'it waits for nothing' : `it was admitted at ${since}`;
}
