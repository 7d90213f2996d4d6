import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Routes } from '../../contract/routes.ts';
import { explain } from '../../core/explain/explain.ts';
import { podsOfRun } from '../../core/naming/naming.ts';
import type { Run } from '../../core/run/run.ts';
import { pods } from '../../kube/resources.ts';
import { demand } from '../access/demand.ts';
import { runsRight } from '../access/right.ts';
import { evidenceLines } from '../history/evidenceLines.ts';
import { findRun } from '../history/findRun.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';

/** `GET /runs/{name}/explain`: from the stored run and its history, and its pods where the caller may list them. */
export async function explainRun(api: Api, call: Call<Routes['explainRun']>): Promise<Reply> {
  const { namespace } = call.query;
  await demand(api.access, call.caller, [runsRight('get', namespace, call.params.name)]);
  const found = await findRun(api, namespace, call.params.name, call.signal);
  const { run, source } = found;
  const explanation = explain(run, { pods: source === 'cluster' ? await podsOf(api, call, run) : [] });
  const evidence = [...explanation.evidence, ...(await evidenceLines(api, found))];
  return json(200, { ...explanation, evidence, source });
}

async function podsOf(api: Api, { caller, signal }: Call<Routes['explainRun']>, run: Run): Promise<Pod[]> {
  const namespace = run.metadata.namespace ?? '';
  const right = { verb: 'list', group: '', resource: 'pods', namespace } as const;
  if (!(await api.access.allows(caller, right))) return [];
  const labelSelector = podsOfRun(run.metadata.uid ?? '');
  const { items } = await api.client.list(pods, { namespace, labelSelector, signal });
  return items;
}
