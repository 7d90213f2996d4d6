import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { type Killed, killSubject as kill } from '../../actions/killSubject.ts';
import type { SubjectKillAnswer } from '../../contract/routes/subjects.ts';
import type { Routes } from '../../contract/routes.ts';
import { timeOf, timeText } from '../../core/run/conditions.ts';
import { isTerminal } from '../../core/run/phases.ts';
import type { Run } from '../../core/run/run.ts';
import { demand } from '../access/demand.ts';
import { describeRight, type Right, runsRight } from '../access/right.ts';
import type { RunChange } from '../cache/runFeed.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { podsGone } from './podsGone.ts';

type KillCall = Call<Routes['killSubject']>;

/** `POST /subjects/{kind}/{id}/kill`: asks all live runs to stop, then waits as long as is wished for all ends. */
export async function killSubject(api: Api, call: KillCall): Promise<Reply> {
  const { params, query, body, caller, signal } = call;
  await demand(api.access, caller, rightsFor(call));
  const asOf = timeOf(body.asOf) ?? api.client.serverNow();
  const what = body.foreign ? 'runs and foreign pods' : 'runs';
  const unseen = await unseenOMJobs(api, call);
  const kinds: Run['kind'][] = unseen === undefined ? ['Run', 'OMJob'] : ['Run'];
  const wish = {
    namespace: query.namespace,
    subject: params,
    by: caller.username,
    asOf,
    what,
    kinds,
  } as const;
  const killed = await kill(api.client, wish, { signal });
  const [runs, pods] = await Promise.all([runsAfter(api, call, killed), podsAfter(api, call, killed)]);
  const answer = {
    subject: params,
    namespace: query.namespace,
    asOf: timeText(asOf),
    runs,
    ...(unseen === undefined ? {} : { unseen }),
    pods,
  };
  return json([...runs, ...pods].every(({ ended }) => ended) ? 200 : 202, answer);
}

function rightsFor({ query: { namespace }, body }: KillCall): Right[] {
  const pods = { group: '', resource: 'pods', namespace } as const;
  const ofPods: Right[] = [
    { verb: 'list', ...pods },
    { verb: 'delete', ...pods },
  ];
  return [runsRight('list', namespace), runsRight('patch', namespace), ...(body.foreign ? ofPods : [])];
}

/** Whoever may not end OMJobs ends Runs alone, and is told so; undefined: nothing is left out. */
async function unseenOMJobs(api: Api, { caller, query }: KillCall): Promise<string | undefined> {
  const rights = (['list', 'patch'] as const).map((verb) =>
    runsRight(verb, query.namespace, undefined, 'OMJob'),
  );
  const allowed = await Promise.all(rights.map((right) => api.access.allows(caller, right)));
  const missing = rights.filter((_, index) => allowed[index] !== true).map(describeRight);
  if (missing.length > 0)
    return `OMJobs were not looked at: ${caller.username} may not ${missing.join(', nor ')}`;
  const problem = api.omJobsProblem();
  return problem?.problem.code === 'ServerForbidden'
    ? `OMJobs were not looked at: ${problem.problem.detail}`
    : undefined;
}

/** Whether each run has ended, its exit handler included, after the wait. */
function runsAfter(api: Api, { body }: KillCall, { runs }: Killed): Promise<SubjectKillAnswer['runs']> {
  return Promise.all(
    runs.map(async (run) => {
      const { name = '', uid = '' } = run.metadata;
      const seen = await api.feed.waitFor(uid, hasEnded, body.waitSeconds * 1000, api.clock);
      const phase = (seen ?? api.feed.byUid(uid) ?? run).status?.phase ?? 'Queued';
      return { kind: run.kind, name, uid, phase, ended: seen !== undefined };
    }),
  );
}

function hasEnded(run: Run, kind: RunChange['kind']): boolean {
  return kind === 'deleted' || isTerminal(run.status?.phase);
}

async function podsAfter(
  api: Api,
  { body, query, params, signal }: KillCall,
  { pods }: Killed,
): Promise<SubjectKillAnswer['pods']> {
  const left = await podsGone(
    api,
    { namespace: query.namespace, subject: params },
    pods,
    body.waitSeconds,
    signal,
  );
  return pods.map((pod) => ({
    name: pod.metadata?.name ?? '',
    uid: pod.metadata?.uid ?? '',
    ended: !left.has(pod.metadata?.uid ?? ''),
    ...ownerOf(pod),
  }));
}

function ownerOf({ metadata }: Pod): { owner?: string } {
  const owner = metadata?.ownerReferences?.find(({ controller }) => controller === true);
  return owner === undefined ? {} : { owner: `${owner.kind}/${owner.name}` };
}
