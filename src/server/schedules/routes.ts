import { createHash } from 'node:crypto';
import { decodeCursor, encodeCursor } from '../../contract/cursor.ts';
import type { Routes } from '../../contract/routes.ts';
import { AlreadyExistsError, NotFoundError } from '../../kube/errors.ts';
import type { KubeObject } from '../../kube/types.ts';
import { slim } from '../../kube/watch/store.ts';
import { demand } from '../access/demand.ts';
import type { Right } from '../access/right.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { answerOf, slotsOf } from './answer.ts';
import { SERVED_KINDS, type ServedKind } from './kinds.ts';

/** Hex digits of what makes the name of a triggered run: 32 bits, among those of one schedule. */
const MARK_DIGITS = 8;

/** `GET /schedules`. */
export async function listSchedules(
  api: Api,
  { query, caller, signal }: Call<Routes['listSchedules']>,
): Promise<Reply> {
  const kind = SERVED_KINDS[query.kind];
  const scope = query.allNamespaces ? {} : { namespace: query.namespace };
  await demand(api.access, caller, [right('list', kind, scope)]);
  const { items, continueToken } = await api.client.list(kind.resource, {
    ...scope,
    signal,
    limit: query.limit,
    ...(query.selector === undefined ? {} : { labelSelector: query.selector }),
    ...(query.cursor === undefined ? {} : { continueToken: tokenOf(query.cursor) }),
  });
  return json(200, {
    items: items.map((object) => answerOf(kind, object)),
    nextCursor: continueToken === undefined ? null : encodeCursor(continueToken),
  });
}

/** `GET /schedules/{name}/preview`. */
export async function previewSchedule(api: Api, call: Call<Routes['previewSchedule']>): Promise<Reply> {
  const kind = SERVED_KINDS[call.query.kind];
  const object = await readFor(api, kind, call, 'get');
  const { timing } = validOf(kind, object);
  const slots = slotsOf(timing, api.client.serverNow(), call.query.count);
  return json(200, { schedule: answerOf(kind, object), slots });
}

/** `POST /schedules/{name}/trigger`: as the caller, who needs the rights of whoever makes such a run by hand. */
export async function triggerSchedule(api: Api, call: Call<Routes['triggerSchedule']>): Promise<Reply> {
  const { query, headers, caller, signal } = call;
  const kind = SERVED_KINDS[query.kind];
  const object = await readFor(api, kind, call, 'get');
  validOf(kind, object);
  await demand(api.access, caller, kind.rights(object, query.namespace));
  const key = headers['idempotency-key'];
  const mark = markOf(key ?? `${api.client.serverNow()} ${api.random()}`);
  try {
    const made = await kind.trigger(api, object, { mark, by: caller.username, signal });
    return json(201, madeAnswer(made));
  } catch (error) {
    const name = error instanceof AlreadyExistsError ? error.details.name : undefined;
    if (name === undefined || key === undefined) throw error;
    throw new Refusal('AlreadyExists', `this Idempotency-Key made ${name} already`, { cause: error });
  }
}

/** `POST /schedules/{name}/suspend`. */
export function suspendSchedule(api: Api, call: Call<Routes['suspendSchedule']>): Promise<Reply> {
  return setSuspend(api, call, true);
}

/** `POST /schedules/{name}/resume`. */
export function resumeSchedule(api: Api, call: Call<Routes['resumeSchedule']>): Promise<Reply> {
  return setSuspend(api, call, false);
}

type OneCall = Pick<Call<Routes['suspendSchedule']>, 'params' | 'query' | 'caller' | 'signal'>;

async function setSuspend(api: Api, call: OneCall, suspend: true | false): Promise<Reply> {
  const { params, query, caller, signal } = call;
  const kind = SERVED_KINDS[query.kind];
  const ref = { namespace: query.namespace, name: params.name };
  await demand(api.access, caller, [right('patch', kind, ref)]);
  const patch = { type: 'merge', body: { spec: { suspend } } } as const;
  const changed = api.client.patch(kind.resource, ref, patch, { signal }).catch(missing(kind, ref));
  return json(200, answerOf(kind, await changed));
}

async function readFor(api: Api, kind: ServedKind, call: OneCall, verb: 'get'): Promise<KubeObject> {
  const ref = { namespace: call.query.namespace, name: call.params.name };
  await demand(api.access, call.caller, [right(verb, kind, ref)]);
  return slim(await api.client.get(kind.resource, ref, { signal: call.signal }).catch(missing(kind, ref)));
}

/** Names the kind and the namespace of what is not there: the other kind, or another namespace, may have it. */
function missing(
  { resource }: ServedKind,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): (error: unknown) => never {
  return (error) => {
    // A 404 without a name is of the kind itself.
    if (!(error instanceof NotFoundError) || !error.details.name) throw error;
    const said = `${resource.kind} ${name} does not exist in namespace ${namespace}`;
    throw new Refusal('NotFound', said, { cause: error });
  };
}

/** The rules of a valid schedule. Refuses (422) one that is not. */
function validOf(kind: ServedKind, object: KubeObject) {
  const { rules, problem } = kind.view(object);
  if (rules !== undefined) return rules;
  throw new Refusal('SpecInvalid', `${object.metadata?.name ?? ''} is not valid: ${problem ?? ''}`);
}

function right(
  verb: Right['verb'],
  { resource }: ServedKind,
  where: { namespace?: string; name?: string },
): Right {
  return { verb, group: resource.group, resource: resource.plural, ...where };
}

function markOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, MARK_DIGITS);
}

function madeAnswer({ kind, object }: { kind: 'Run' | 'OMJob'; object: KubeObject }) {
  const { name = '', namespace = '', uid = '' } = object.metadata ?? {};
  return { kind, name, namespace, uid };
}

function tokenOf(cursor: string): string {
  const token = decodeCursor(cursor);
  if (token !== undefined) return token;
  const message = 'is no cursor: use the nextCursor of the page before, unchanged';
  throw new Refusal('BadRequest', `query.cursor ${message}`, {
    problems: [{ field: 'query.cursor', message }],
  });
}
