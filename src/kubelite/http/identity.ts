import { createHash, timingSafeEqual } from 'node:crypto';
import { idOf } from '../registry/collection.ts';
import type { Core } from '../registry/core.ts';
import { API_AUDIENCE, type TokenClaims, type TokenSigner } from '../tls/serviceAccountTokens.ts';

/** Who a token belongs to. */
export interface Identity {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** What the token is meant for. */
  readonly audiences: readonly string[];
}

/** Finds out whose a bearer token is; undefined when it is nobody's. */
export type Authenticate = (token: string) => Identity | undefined;

/** The holder of the local token, who may do everything. */
export const ADMIN: Identity = {
  username: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
  audiences: [API_AUDIENCE],
};

/** Knows the local token, and the tokens of service accounts while account and pod exist. */
export function authenticator(core: Core, signer: TokenSigner, localToken: string): Authenticate {
  return (token) => {
    if (sameText(token, localToken)) return ADMIN;
    const claims = signer.read(token);
    return claims && isAlive(core, claims) ? identityOf(claims) : undefined;
  };
}

function sameText(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function isAlive(core: Core, claims: TokenClaims): boolean {
  const { namespace, serviceaccount, pod } = claims['kubernetes.io'];
  const uidOf = (collection: string, name: string) =>
    core.store.collection(collection).objects.get(idOf(namespace, name))?.metadata.uid;
  if (uidOf('/serviceaccounts', serviceaccount.name) !== serviceaccount.uid) return false;
  return pod === undefined || uidOf('/pods', pod.name) === pod.uid;
}

function identityOf(claims: TokenClaims): Identity {
  const { namespace, serviceaccount, pod } = claims['kubernetes.io'];
  const of = 'authentication.kubernetes.io';
  return {
    username: claims.sub,
    uid: serviceaccount.uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
    extra: {
      [`${of}/credential-id`]: [`JTI=${claims.jti}`],
      ...(pod ? { [`${of}/pod-name`]: [pod.name], [`${of}/pod-uid`]: [pod.uid] } : {}),
    },
    audiences: claims.aud,
  };
}

/** The token of an Authorization header. */
export function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(header ?? '')?.[1];
}
