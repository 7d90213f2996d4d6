import type { Routes } from '../../contract/routes.ts';
import type { Attempt } from '../../core/run/run.ts';
import type { ContainerLog, PodEvidence, StoredStatus } from '../../store/types.ts';
import { demand } from '../access/demand.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { rightOn, runRefOf } from '../runs/read.ts';
import { findRun } from './findRun.ts';

/** `GET /runs/{name}/evidence`: all that is kept of a run and its pods. */
export async function runEvidence(api: Api, call: Call<Routes['runEvidence']>): Promise<Reply> {
  const { params, query, caller } = call;
  const { namespace } = query;
  const ref = runRefOf(call);
  await demand(api.access, caller, [
    rightOn('get', ref),
    { verb: 'get', group: '', resource: 'pods', namespace },
    { verb: 'get', group: '', resource: 'pods', subresource: 'log', namespace },
  ]);
  const { run, source } = await findRun(api, ref, call);
  const { uid = '' } = run.metadata;
  const { status } = run;
  const history = api.stores?.history;
  const [pods, states] = history
    ? await Promise.all([history.evidenceOf(uid), history.statusRows(uid)])
    : [[], []];
  return json(200, {
    run: params.name,
    namespace,
    uid,
    source,
    stored: history !== undefined,
    verdicts: status?.verdicts ?? {},
    receipt: status?.exit?.receipt ?? null,
    states: states.map(stateOf),
    pods: history ? pods.map(podOf) : (status?.attempts ?? []).map(attemptOf),
  });
}

function stateOf({ revision, at, status }: StoredStatus) {
  return {
    revision,
    at: new Date(at).toISOString(),
    phase: status.phase,
    ...(status.reason === undefined ? {} : { reason: status.reason }),
  };
}

function podOf({ podName, podUID, stage, attempt, at, final, object, logs }: PodEvidence) {
  return {
    podName,
    podUID,
    stage,
    attempt,
    capturedAt: new Date(at).toISOString(),
    final,
    object,
    logs: logs.map(logOf),
  };
}

/** Bytes that are no UTF-8 become U+FFFD: `logs` gives them as they were written. */
function logOf({ container, previous, tail, size, missing, whole }: ContainerLog) {
  return {
    container,
    previous,
    tail: new TextDecoder().decode(tail),
    ...(size === undefined ? {} : { size }),
    ...(missing === undefined ? {} : { missing }),
    whole,
  };
}

/** Without a store: what the status holds of the attempt. */
function attemptOf({ podName, podUID, number, logTail }: Attempt) {
  const log = { container: 'main', previous: false, tail: logTail ?? '', whole: false };
  return {
    podName,
    podUID,
    stage: 'main',
    attempt: number,
    final: false,
    logs:
      logTail === undefined
        ? [{ ...log, missing: 'the status holds the log of failed attempts only' }]
        : [log],
  };
}
