import { Refusal } from '../http/refusal.ts';
import type { Access, Caller } from './access.ts';
import { describeRight, type Right } from './right.ts';

/** Identifies the caller of a request. Refuses (401) one without a token or with one that is not accepted. */
export async function identify(access: Access, authorization: string | undefined): Promise<Caller> {
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    throw new Refusal('Unauthenticated', 'the request has no token: send `Authorization: Bearer <token>`');
  }
  const caller = await access.identify(token);
  if (caller !== undefined) return caller;
  throw new Refusal(
    'Unauthenticated',
    'the token is not accepted: it is wrong, has expired or is of another cluster; get a new one, for a service account by `kubectl create token NAME`',
  );
}

/** Refuses (403) a caller that lacks any of the rights, naming each that is missing. */
export async function demand(access: Access, caller: Caller, rights: readonly Right[]): Promise<void> {
  const allowed = await Promise.all(rights.map((right) => access.allows(caller, right)));
  const missing = rights.filter((_, index) => allowed[index] !== true).map(describeRight);
  if (missing.length === 0) return;
  throw new Refusal(
    'Forbidden',
    `${caller.username} may not ${missing.join(', nor ')}; ask for a Role with ${missing.length === 1 ? 'this right' : 'these rights'}`,
  );
}
