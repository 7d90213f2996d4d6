import { createRun, type NewRun } from '../../actions/createRun.ts';
import { readNamed } from '../../actions/readFresh.ts';
import { runs } from '../../actions/resources.ts';
import { retentionNow } from '../../core/decide/retention.ts';
import { bodyHash, idempotencyHash, nameFromRequest, REQUEST_ANNOTATION } from '../../core/naming/request.ts';
import { timeText, transitionOf } from '../../core/run/conditions.ts';
import type { Run, RunSpec } from '../../core/run/run.ts';
import { AlreadyExistsError } from '../../kube/errors.ts';
import { sleep } from '../../ports/clock.ts';
import { type Right, runsRight } from '../access/right.ts';
import type { Api, Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { type Asker, answerOnceDecided } from './answerOf.ts';
import { checkSubmission } from './checkSubmission.ts';

/** The right to create runs is the right to create pods: a run makes its pods with the operator's rights. */
export function rightsToCreate({ input }: RunSpec, namespace: string): Right[] {
  const rights: Right[] = [
    runsRight('create', namespace),
    { verb: 'create', group: '', resource: 'pods', namespace },
  ];
  if (input?.secret !== undefined) {
    rights.push({ verb: 'get', group: '', resource: 'secrets', namespace, name: input.secret });
  }
  return rights;
}

/** The run with the marks by which the same request finds it again; without a key it has none. */
export function markedRun(wanted: NewRun, key: string | undefined, bodyText: string): NewRun {
  if (key === undefined) return wanted;
  const hash = idempotencyHash(wanted.namespace, key);
  const marks = { [REQUEST_ANNOTATION.key]: hash, [REQUEST_ANNOTATION.body]: bodyHash(bodyText) };
  return {
    ...wanted,
    name: wanted.name ?? nameFromRequest(wanted.generateName, hash),
    annotations: { ...wanted.annotations, ...marks },
  };
}

/** Checks a run that the caller may create, stores it, waits for the leader's word and answers from it; in this order. */
export async function makeRun(api: Api, asker: Asker, wanted: NewRun): Promise<Reply> {
  refuseReusedKey(api, wanted);
  await checkSubmission(api, wanted, asker.signal);
  return answerOnceDecided(api, asker, await store(api, asker, wanted));
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
async function store(api: Api, asker: Asker, wanted: NewRun): Promise<Run> {
  const { signal } = asker;
  for (let tries = 1; ; tries++) {
    try {
      return await createRun(api.client, wanted, api.random, { signal });
    } catch (error) {
      if (!(error instanceof AlreadyExistsError)) throw error;
      const earlier = await firstSending(api, signal, wanted);
      if (earlier !== undefined) return earlier;
      if (tries >= MAX_TRIES || wanted.annotations?.[REQUEST_ANNOTATION.key] === undefined)
        throw wanted.name === undefined ? error : await nameTaken(api, asker, wanted.namespace, wanted.name);
      await sleep(api.clock, LOOK_AGAIN_MS, signal);
    }
  }
}

/** The run that the same Idempotency-Key made before; undefined when the name is free again by now, or another's. */
async function firstSending(api: Api, signal: AbortSignal, wanted: NewRun): Promise<Run | undefined> {
  const key = wanted.annotations?.[REQUEST_ANNOTATION.key];
  if (key === undefined || wanted.name === undefined) return undefined;
  const found = await readNamed(
    api.client,
    runs,
    { namespace: wanted.namespace, name: wanted.name },
    { signal },
  );
  if (found?.metadata.annotations?.[REQUEST_ANNOTATION.key] !== key) return undefined;
  refuseOtherBody(found, wanted);
  return found;
}

function refuseOtherBody(earlier: Run, wanted: NewRun): void {
  const body = REQUEST_ANNOTATION.body;
  if (earlier.metadata.annotations?.[body] === wanted.annotations?.[body]) return;
  throw new Refusal(
    'IdempotencyKeyReused',
    `this Idempotency-Key made run ${earlier.metadata.name ?? ''} from another body; use a new key for a new request`,
  );
}

/** Who was refused and comes again is told that the record of the refusal has the name, and for how long. */
async function nameTaken(api: Api, asker: Asker, namespace: string, name: string): Promise<Refusal> {
  const mayRead = await api.access.allows(asker.caller, runsRight('get', namespace, name));
  const holder = mayRead
    ? await readNamed(api.client, runs, { namespace, name }, { signal: asker.signal })
    : undefined;
  const taken = `run ${name} exists already in namespace ${namespace}`;
  return new Refusal('AlreadyExists', holder === undefined ? taken : `${taken}${refusalOf(holder)}`);
}

function refusalOf(run: Run): string {
  const since = run.status?.phase === 'Refused' ? transitionOf(run.status, 'Finished') : undefined;
  if (since === undefined) return '';
  const goes = timeText(since + retentionNow(run).ttlSeconds * 1000);
  return `: it was refused (${run.status?.reason ?? ''}), and its record has the name until ${goes}, or until you delete it`;
}
