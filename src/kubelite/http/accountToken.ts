import { invalid as invalidField } from '../../kubernetes/fieldError.ts';
import { idOf } from '../registry/collection.ts';
import { type Core, headOf, type Target, timestamp } from '../registry/core.ts';
import { badRequest, invalid, notFound } from '../status.ts';
import type { TokenSigner } from '../tls/serviceAccountTokens.ts';
import type { ApiRequest, ApiResponse, ResourceInfo } from '../types.ts';
import { readObject } from './body.ts';
import { json } from './respond.ts';

const DEFAULT_SECONDS = 3_600;
/** As the API server: a shorter life couldn't be renewed in time. */
const LEAST_SECONDS = 600;

interface TokenRequestSpec {
  readonly audiences?: readonly string[];
  readonly expirationSeconds?: number;
  readonly boundObjectRef?: { readonly kind?: string; readonly name?: string; readonly uid?: string };
}

/** POST serviceaccounts/NAME/token. Refuses: no such account or pod (404), a life under 10 minutes (422). */
export function issueAccountToken(
  core: Core,
  signer: TokenSigner,
  target: Target,
  request: ApiRequest,
): ApiResponse {
  const account = headOf(core, target);
  if (!account) throw notFound(target.served.info, target.name);
  const body = (readObject(request) ?? {}) as { readonly spec?: TokenRequestSpec };
  const { audiences = [], expirationSeconds = DEFAULT_SECONDS, boundObjectRef } = body.spec ?? {};
  if (expirationSeconds < LEAST_SECONDS) {
    const kind = { group: 'authentication.k8s.io', kind: 'TokenRequest' } as ResourceInfo;
    const why = 'may not specify a duration less than 10 minutes';
    throw invalid(kind, '', [invalidField('spec.expirationSeconds', expirationSeconds, why)]);
  }
  const { token, claims } = signer.issue({
    namespace: target.namespace ?? '',
    account: { name: target.name, uid: account.metadata.uid },
    pod: boundObjectRef && boundPod(core, target, boundObjectRef),
    audiences,
    seconds: expirationSeconds,
  });
  return json(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: {
      name: target.name,
      namespace: target.namespace,
      creationTimestamp: timestamp(core.clock.now()),
    },
    spec: { ...body.spec, audiences: claims.aud, expirationSeconds },
    status: { token, expirationTimestamp: timestamp(claims.exp * 1_000) },
  });
}

function boundPod(
  core: Core,
  target: Target,
  { kind, name = '', uid }: NonNullable<TokenRequestSpec['boundObjectRef']>,
): { name: string; uid: string } {
  if (kind !== 'Pod') throw badRequest(`cannot bind token for serviceaccount to kind ${kind}: only to a Pod`);
  const pods = core.store.collection('/pods');
  const pod = core.store.head(pods, idOf(target.namespace, name));
  if (!pod) throw notFound({ group: '', plural: 'pods' } as ResourceInfo, name);
  if (uid !== undefined && uid !== pod.metadata.uid) {
    throw badRequest(
      `the UID in the bound object reference (${uid}) does not match the UID in record (${pod.metadata.uid})`,
    );
  }
  return { name, uid: pod.metadata.uid };
}
