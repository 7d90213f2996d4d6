import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { Clock, Random } from '../../ports/clock.ts';
import { newUid } from '../registry/metadata.ts';

const ISSUER = 'https://kubernetes.default.svc.cluster.local';

/** What a token of a service account says. Times in seconds since the epoch. */
export interface TokenClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
  readonly 'kubernetes.io': {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    /** The pod that the token dies with. */
    readonly pod?: { readonly name: string; readonly uid: string };
  };
}

/** For whom and for how long a token is good. */
export interface TokenSubject {
  readonly namespace: string;
  readonly account: { readonly name: string; readonly uid: string };
  readonly pod: { readonly name: string; readonly uid: string } | undefined;
  /** Empty: the API server itself. */
  readonly audiences: readonly string[];
  readonly seconds: number;
}

/** Signs tokens of service accounts, and reads them again. */
export interface TokenSigner {
  issue(subject: TokenSubject): { readonly token: string; readonly claims: TokenClaims };
  /** Undefined for a token that isn't ours, is not valid yet or no more. */
  read(token: string): TokenClaims | undefined;
}

/** The audience of tokens that are meant for the API server. */
export const API_AUDIENCE = ISSUER;

/** A signer on an EC P-256 private key (JWS algorithm ES256). */
export function tokenSigner(key: KeyObject, clock: Clock, random: Random): TokenSigner {
  let publicKey: KeyObject | undefined;
  const head = part({ alg: 'ES256', typ: 'JWT' });
  return {
    issue(subject) {
      const claims = claimsOf(subject, Math.floor(clock.now() / 1_000), newUid(random));
      const text = `${head}.${part(claims)}`;
      const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
      return { token: `${text}.${signature.toString('base64url')}`, claims };
    },
    read(token) {
      const [first, second, third, more] = token.split('.');
      if (first !== head || !second || !third || more !== undefined) return undefined;
      const signature = Buffer.from(third, 'base64url');
      const signed = Buffer.from(`${first}.${second}`);
      publicKey ??= createPublicKey(key);
      if (!verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature))
        return undefined;
      const claims = JSON.parse(Buffer.from(second, 'base64url').toString()) as TokenClaims;
      const now = clock.now() / 1_000;
      return claims.nbf <= now && now < claims.exp ? claims : undefined;
    },
  };
}

function claimsOf(subject: TokenSubject, now: number, id: string): TokenClaims {
  const { namespace, account, pod, audiences, seconds } = subject;
  return {
    iss: ISSUER,
    sub: `system:serviceaccount:${namespace}:${account.name}`,
    aud: audiences.length > 0 ? audiences : [API_AUDIENCE],
    iat: now,
    nbf: now,
    exp: now + seconds,
    jti: id,
    'kubernetes.io': { namespace, serviceaccount: account, ...(pod ? { pod } : {}) },
  };
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
