import { createRun, type NewRun } from '../../actions/createRun.ts';
import { runs } from '../../actions/resources.ts';
import type { Routes } from '../../contract/routes.ts';
import { bodyHash, idempotencyHash, nameFromRequest, REQUEST_ANNOTATION } from '../../core/naming/request.ts';
import type { Run } from '../../core/run/run.ts';
import { AlreadyExistsError, NotFoundError } from '../../kube/errors.ts';
import { sleep } from '../../ports/clock.ts';
import { demand } from '../access/demand.ts';
import { type Right, runsRight } from '../access/right.ts';
import { type Api, type Call, json, type Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { checkSubmission } from './checkSubmission.ts';
import { decisionOf } from './decisionOf.ts';

type SubmitCall = Call<Routes['submitRun']>;

/** `POST /runs`: checked, stored, decided by the leader, answered; in this order. */
export async function submitRun(api: Api, call: SubmitCall): Promise<Reply> {
  const namespace = namespaceOf(call);
  await demand(api.access, call.caller, rightsFor(call, namespace));
  const wanted = wantedRun(call, namespace);
  refuseReusedKey(api, wanted);
  await checkSubmission(api, wanted, call.signal);
  const stored = await store(api, call, wanted);
  const decided = await api.feed.waitFor(stored.metadata.uid ?? '', isDecided, api.acceptMs, api.clock);
  return answerFor(api, decided ?? stored, call.signal);
}

function namespaceOf({ query, body }: SubmitCall): string {
  const named = body.metadata.namespace ?? query.namespace;
  if (query.namespace === named || query.namespace === 'default') return named;
  const message = `is ${named}, and the query says ${query.namespace}; name one namespace`;
  throw new Refusal('SpecInvalid', `metadata.namespace ${message}`, {
    problems: [{ field: 'metadata.namespace', message }],
  });
}

/** The right to create runs is the right to create pods: a run makes its pods with the operator's rights. */
function rightsFor({ body }: SubmitCall, namespace: string): Right[] {
  const secret = body.spec.input?.secret;
  const rights: Right[] = [
    runsRight('create', namespace),
    { verb: 'create', group: '', resource: 'pods', namespace },
  ];
  if (secret !== undefined) {
    rights.push({ verb: 'get', group: '', resource: 'secrets', namespace, name: secret });
  }
  return rights;
}

function wantedRun(call: SubmitCall, namespace: string): NewRun {
  const { metadata, spec } = call.body;
  const { name, generateName, labels, annotations } = metadata;
  const key = call.headers['idempotency-key'];
  const hash = key === undefined ? undefined : idempotencyHash(namespace, key);
  const madeName = name ?? (hash === undefined ? undefined : nameFromRequest(generateName, hash));
  const marks =
    hash === undefined
      ? {}
      : { [REQUEST_ANNOTATION.key]: hash, [REQUEST_ANNOTATION.body]: bodyHash(call.rawBody) };
  return {
    namespace,
    spec,
    ...(madeName === undefined ? {} : { name: madeName }),
    ...(generateName === undefined ? {} : { generateName }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined && hash === undefined ? {} : { annotations: { ...annotations, ...marks } }),
  };
}

/**
 * The same key with another body may ask for another name, so the name alone would not show it. Keys of the last runs
 * stand in the cache.
 */
function refuseReusedKey(api: Api, wanted: NewRun): void {
  const key = wanted.annotations?.[REQUEST_ANNOTATION.key];
  const earlier = key === undefined ? undefined : api.feed.byRequestKey(key);
  if (earlier !== undefined) refuseOtherBody(earlier, wanted);
}

/** How often a name that is taken may turn out free again before we give up. */
const MAX_TRIES = 5;
const LOOK_AGAIN_MS = 20;

/** Creates the run; a name that is taken by the same request's first sending is that run. */
async function store(api: Api, call: SubmitCall, wanted: NewRun): Promise<Run> {
  for (let tries = 1; ; tries++) {
    try {
      return await createRun(api.client, wanted, api.random, { signal: call.signal });
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      const earlier = await firstSending(api, call, wanted);
      if (earlier !== undefined) return earlier;
      if (tries >= MAX_TRIES || wanted.annotations?.[REQUEST_ANNOTATION.key] === undefined) throw error;
      await sleep(api.clock, LOOK_AGAIN_MS, call.signal);
    }
  }
}

/** The run that the same Idempotency-Key made before; undefined when the name is free again by now, or another's. */
async function firstSending(api: Api, call: SubmitCall, wanted: NewRun): Promise<Run | undefined> {
  const key = wanted.annotations?.[REQUEST_ANNOTATION.key];
  if (key === undefined || wanted.name === undefined) return undefined;
  const ref = { namespace: wanted.namespace, name: wanted.name };
  try {
    const found = await api.client.get(runs, ref, { signal: call.signal });
    if (found.metadata.annotations?.[REQUEST_ANNOTATION.key] !== key) return undefined;
    refuseOtherBody(found, wanted);
    return found;
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  }
}

function refuseOtherBody(earlier: Run, wanted: NewRun): void {
  const body = REQUEST_ANNOTATION.body;
  if (earlier.metadata.annotations?.[body] === wanted.annotations?.[body]) return;
  throw new Refusal(
    'IdempotencyKeyReused',
    `this Idempotency-Key made run ${earlier.metadata.name ?? ''} from another body; use a new key for a new request`,
  );
}

function isDecided(run: Run): boolean {
  return decisionOf(run).kind !== 'undecided';
}

async function answerFor(api: Api, run: Run, signal: AbortSignal): Promise<Reply> {
  const decision = decisionOf(run);
  switch (decision.kind) {
    case 'accepted':
      return json(201, run);
    case 'undecided':
      return json(202, run);
    case 'joined': {
      const ref = { namespace: run.metadata.namespace ?? '', name: decision.run };
      return json(200, await api.client.get(runs, ref, { signal }));
    }
    case 'refused':
      throw new Refusal(decision.code, decision.detail);
    default:
      return decision satisfies never;
  }
}
