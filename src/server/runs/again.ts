import type { NewRun } from '../../actions/createRun.ts';
import type { ProblemCode } from '../../contract/problemCodes.ts';
import type { Routes } from '../../contract/routes.ts';
import { LABEL } from '../../core/naming/naming.ts';
import {
  type AgainRefusal,
  type AgainVerb,
  againMetadata,
  againRefusal,
  againSpec,
} from '../../core/run/again.ts';
import type { Run, RunSpec } from '../../core/run/run.ts';
import { demand } from '../access/demand.ts';
import type { Api, Call, Reply } from '../http/api.ts';
import { refusalOfFields } from '../http/readCall.ts';
import { Refusal } from '../http/refusal.ts';
import { makeRun, markedRun, rightsToCreate } from './makeRun.ts';
import { readRun, rightOn, runRefOf } from './read.ts';

/** What both verbs know of their request. */
type AgainCall = Pick<
  Call<Routes['retryRun']>,
  'params' | 'query' | 'headers' | 'caller' | 'signal' | 'rawBody'
>;

/** `POST /runs/{name}/retry`: the same spec once more, after an end that is no success. */
export async function retryRun(api: Api, call: Call<Routes['retryRun']>): Promise<Reply> {
  const old = await oldRun(api, call, 'retry');
  const wanted = { namespace: call.query.namespace, ...againMetadata(old), spec: specOf(old) };
  return again(api, call, 'retry', wanted);
}

/** `POST /runs/{name}/resubmit`: a new run from any that has ended, with the changes of the body. */
export async function resubmitRun(api: Api, call: Call<Routes['resubmitRun']>): Promise<Reply> {
  const old = await oldRun(api, call, 'resubmit');
  const { metadata, spec } = call.body;
  const { generateName, labels, annotations } = againMetadata(old);
  return again(api, call, 'resubmit', {
    namespace: call.query.namespace,
    generateName,
    ...(metadata.name === undefined ? {} : { name: metadata.name }),
    labels: { ...labels, ...metadata.labels, [LABEL.retryOf]: call.params.name },
    annotations: { ...annotations, ...metadata.annotations },
    spec: specOf(old, spec),
  });
}

/** Read past the cache, which does not hold the whole spec of a run that has ended. */
async function oldRun(api: Api, call: AgainCall, verb: AgainVerb): Promise<Run> {
  const ref = runRefOf(call);
  await demand(api.access, call.caller, [rightOn('get', ref)]);
  const old = await readRun(api, ref, call);
  const refusal = againRefusal(old, verb);
  if (refusal === undefined) return old;
  throw new Refusal(AGAIN_CODES[refusal.kind], refusal.sentence);
}

const AGAIN_CODES = {
  notEnded: 'NotEnded',
  succeeded: 'NothingToRetry',
  omJob: 'NotForOMJobs',
} as const satisfies Record<AgainRefusal['kind'], ProblemCode>;

function specOf(old: Run, change?: Readonly<Record<string, unknown>>): RunSpec {
  const { spec, problems } = againSpec(old, change);
  if (problems !== undefined) throw refusalOfFields('SpecInvalid', problems);
  return spec;
}

async function again(api: Api, call: AgainCall, verb: AgainVerb, wanted: NewRun): Promise<Reply> {
  await demand(api.access, call.caller, rightsToCreate(wanted.spec, wanted.namespace));
  // The same key for another run, or the other verb, is another request.
  const request = `${verb} ${call.params.name}\n${call.rawBody}`;
  return makeRun(api, call, markedRun(wanted, call.headers['idempotency-key'], request));
}
