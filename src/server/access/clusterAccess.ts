import { createHash } from 'node:crypto';
import { subjectAccessReviews, tokenReviews } from '../../kube/resources.ts';
import type { KubeClient } from '../../kube/types.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Access, Caller } from './access.ts';
import { ExpiringCache } from './expiringCache.ts';
import type { Right } from './right.ts';

/** How long an answer of the cluster holds: a right that was taken away ends within it; a page costs one review. */
const TTL_MS = 10_000;
/** Callers and rights that are remembered; some 100 bytes each. */
const CAPACITY = 10_000;

/** Access as the cluster itself gives it: TokenReview says who, SubjectAccessReview what. Answers hold for 10 s. */
export function clusterAccess(client: KubeClient, clock: Clock): Access {
  const callers = new ExpiringCache<Caller | undefined>(clock, TTL_MS, CAPACITY);
  const answers = new ExpiringCache<boolean>(clock, TTL_MS, CAPACITY);
  return {
    identify: (token) => callers.get(hash(token), () => reviewToken(client, token)),
    allows: (caller, right) =>
      answers.get(hash(JSON.stringify([caller, right])), () => reviewAccess(client, caller, right)),
  };
}

async function reviewToken(client: KubeClient, token: string): Promise<Caller | undefined> {
  const { status } = await client.create(tokenReviews, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token },
  });
  const { username, uid, groups, extra } = status?.user ?? {};
  if (status?.authenticated !== true || username === undefined || username === '') return undefined;
  return {
    username,
    groups: groups ?? [],
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

async function reviewAccess(client: KubeClient, caller: Caller, right: Right): Promise<boolean> {
  const { username, uid, groups, extra } = caller;
  const { status } = await client.create(subjectAccessReviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SubjectAccessReview',
    spec: {
      user: username,
      groups: [...groups],
      ...(uid === undefined ? {} : { uid }),
      ...(extra === undefined ? {} : { extra }),
      resourceAttributes: right,
    },
  });
  return status?.allowed === true;
}

/** Tokens are never kept, not even in memory. */
function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}
