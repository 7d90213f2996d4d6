import type { NewRun } from '../../actions/createRun.ts';
import type { Routes } from '../../contract/routes.ts';
import { demand } from '../access/demand.ts';
import type { Api, Call, Reply } from '../http/api.ts';
import { Refusal } from '../http/refusal.ts';
import { makeRun, markedRun, rightsToCreate } from './makeRun.ts';

type SubmitCall = Call<Routes['submitRun']>;

/** `POST /runs`: checked, stored, decided by the leader, answered; in this order. */
export async function submitRun(api: Api, call: SubmitCall): Promise<Reply> {
  const namespace = namespaceOf(call);
  await demand(api.access, call.caller, rightsToCreate(call.body.spec, namespace));
  const wanted = markedRun(wantedRun(call, namespace), call.headers['idempotency-key'], call.rawBody);
  return makeRun(api, call, wanted);
}

function namespaceOf({ query, body }: SubmitCall): string {
  const named = body.metadata.namespace ?? query.namespace;
  if (query.namespace === named || query.namespace === 'default') return named;
  const message = `is ${named}, and the query says ${query.namespace}; name one namespace`;
  throw new Refusal('SpecInvalid', `metadata.namespace ${message}`, {
    problems: [{ field: 'metadata.namespace', message }],
  });
}

function wantedRun({ body }: SubmitCall, namespace: string): NewRun {
  const { name, generateName, labels, annotations } = body.metadata;
  return {
    namespace,
    spec: body.spec,
    ...(name === undefined ? {} : { name }),
    ...(generateName === undefined ? {} : { generateName }),
    ...(labels === undefined ? {} : { labels }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}
