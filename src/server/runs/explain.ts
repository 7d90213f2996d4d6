import type { Routes } from '../../contract/routes.ts';
import { explain } from '../../core/explain/explain.ts';
import type { Run } from '../../core/run/run.ts';
import { demand } from '../access/demand.ts';
import { evidenceLines } from '../history/evidenceLines.ts';
import { findRun } from '../history/findRun.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { liveFacts } from './liveFacts.ts';
import { rightOn, runRefOf } from './read.ts';

/** `GET /runs/{name}/explain`: from the stored run and its history, and from what the cluster shows beside it as far as the caller may see that. */
export async function explainRun(api: Api, call: Call<Routes['explainRun']>): Promise<Reply> {
  const ref = runRefOf(call);
  await demand(api.access, call.caller, [rightOn('get', ref)]);
  const found = await findRun(api, ref, call);
  const { run, source } = found;
  const facts =
    source === 'cluster' ? await liveFacts(api, run, call) : { hasStoredLogs: api.stores !== undefined };
  const explanation = explain(source === 'cluster' ? run : withoutWaits(run), facts);
  const evidence = [...explanation.evidence, ...(await evidenceLines(api, found))];
  return json(200, { ...explanation, evidence, source });
}

/** Its last state may say that a deletion waits for evidence; of a run that the cluster has no more, none does. */
function withoutWaits(run: Run): Run {
  if (run.status === undefined) return run;
  const conditions = run.status.conditions.filter(({ type }) => type !== 'EvidenceWaiting');
  return { ...run, status: { ...run.status, conditions } };
}
