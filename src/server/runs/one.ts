import { cancelRun as cancel } from '../../actions/cancelRun.ts';
import { deleteRun as remove } from '../../actions/deleteRun.ts';
import type { Routes } from '../../contract/routes.ts';
import { slim } from '../../kube/watch/store.ts';
import { demand } from '../access/demand.ts';
import { answerOf, findRun } from '../history/findRun.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { noSuchRun, readRun, rightOn, runRefOf } from './read.ts';

/** `GET /runs/{name}`. */
export async function getRun(api: Api, call: Call<Routes['getRun']>): Promise<Reply> {
  const ref = runRefOf(call);
  await demand(api.access, call.caller, [rightOn('get', ref)]);
  return json(200, answerOf(await findRun(api, ref, call)));
}

/** `DELETE /runs/{name}`: asks for it; the answer is the run as the wish was stored. */
export async function deleteRun(api: Api, call: Call<Routes['deleteRun']>): Promise<Reply> {
  const ref = runRefOf(call);
  const { signal } = call;
  await demand(api.access, call.caller, [rightOn('delete', ref)]);
  const run = await readRun(api, ref, call);
  const { uid } = run.metadata;
  const wish = { ...ref, ...(uid === undefined ? {} : { uid }) };
  await remove(api.client, wish, { signal }).catch(async (error: unknown) => {
    throw await noSuchRun(api, ref, call, error);
  });
  return json(202, run);
}

/** `POST /runs/{name}/cancel`: the first who asks stays; asking again, or after the end, changes nothing. */
export async function cancelRun(api: Api, call: Call<Routes['cancelRun']>): Promise<Reply> {
  const ref = runRefOf(call);
  const { body, caller, signal } = call;
  await demand(api.access, caller, [rightOn('patch', ref)]);
  const wish = {
    ...ref,
    by: caller.username,
    ...(body.reason === undefined ? {} : { reason: body.reason }),
  };
  const { run } = await cancel(api.client, wish, { signal }).catch(async (error: unknown) => {
    throw await noSuchRun(api, ref, call, error);
  });
  return json(200, slim(run));
}
