import { cancelRun as cancel } from '../../actions/cancelRun.ts';
import { deleteRun as remove } from '../../actions/deleteRun.ts';
import type { Routes } from '../../contract/routes.ts';
import { slim } from '../../kube/watch/store.ts';
import { demand } from '../access/demand.ts';
import { runsRight } from '../access/right.ts';
import { answerOf, findRun } from '../history/findRun.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { noSuchRun, readRun } from './read.ts';

/** `GET /runs/{name}`. */
export async function getRun(
  api: Api,
  { params, query, caller, signal }: Call<Routes['getRun']>,
): Promise<Reply> {
  await demand(api.access, caller, [runsRight('get', query.namespace, params.name)]);
  return json(200, answerOf(await findRun(api, query.namespace, params.name, signal)));
}

/** `DELETE /runs/{name}`: asks for it; the answer is the run as the wish was stored. */
export async function deleteRun(
  api: Api,
  { params, query, caller, signal }: Call<Routes['deleteRun']>,
): Promise<Reply> {
  const { namespace } = query;
  await demand(api.access, caller, [runsRight('delete', namespace, params.name)]);
  const run = await readRun(api, namespace, params.name, signal);
  const { uid } = run.metadata;
  const wish = { namespace, name: params.name, ...(uid === undefined ? {} : { uid }) };
  await remove(api.client, wish, { signal }).catch((error: unknown) => {
    throw noSuchRun(error, namespace, params.name);
  });
  return json(202, run);
}

/** `POST /runs/{name}/cancel`: the first who asks stays; asking again, or after the end, changes nothing. */
export async function cancelRun(
  api: Api,
  { params, query, body, caller, signal }: Call<Routes['cancelRun']>,
): Promise<Reply> {
  const { namespace } = query;
  await demand(api.access, caller, [runsRight('patch', namespace, params.name)]);
  const wish = {
    namespace,
    name: params.name,
    by: caller.username,
    ...(body.reason === undefined ? {} : { reason: body.reason }),
  };
  const { run } = await cancel(api.client, wish, { signal }).catch((error: unknown) => {
    throw noSuchRun(error, namespace, params.name);
  });
  return json(200, slim(run));
}
