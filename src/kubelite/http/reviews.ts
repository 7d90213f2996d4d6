import { badRequest, methodNotAllowed, noSuchResource } from '../status.ts';
import type { ApiRequest, ApiResponse } from '../types.ts';
import { readObject } from './body.ts';
import { ADMIN, type Authenticate, bearerToken, type Identity } from './identity.ts';
import type { ResourceRoute } from './path.ts';
import { json } from './respond.ts';

type Body = Readonly<Record<string, unknown>>;

const GROUPS = ['authorization.k8s.io', 'authentication.k8s.io'];

/** True for the resources that are questions to the server and store nothing. */
export function isReview(route: ResourceRoute): boolean {
  return GROUPS.includes(route.group) && route.version === 'v1';
}

/** Answers an access, rules, token or self review. Everybody who has a token may do everything here. */
export function answerReview(
  request: ApiRequest,
  route: ResourceRoute,
  authenticate: Authenticate,
): ApiResponse {
  if (request.method !== 'POST') throw methodNotAllowed();
  const body = (readObject(request) ?? {}) as Body;
  const status = statusOf(route.plural, body, request, authenticate);
  const apiVersion = `${route.group}/${route.version}`;
  return json(201, {
    metadata: { creationTimestamp: null },
    ...body,
    apiVersion,
    kind: KINDS[route.plural],
    status,
  });
}

const KINDS: Readonly<Record<string, string>> = {
  selfsubjectaccessreviews: 'SelfSubjectAccessReview',
  subjectaccessreviews: 'SubjectAccessReview',
  localsubjectaccessreviews: 'LocalSubjectAccessReview',
  selfsubjectrulesreviews: 'SelfSubjectRulesReview',
  tokenreviews: 'TokenReview',
  selfsubjectreviews: 'SelfSubjectReview',
};

function statusOf(plural: string, body: Body, request: ApiRequest, authenticate: Authenticate): object {
  switch (plural) {
    case 'selfsubjectaccessreviews':
    case 'subjectaccessreviews':
    case 'localsubjectaccessreviews':
      return { allowed: true, reason: 'kubelite allows everything to whoever has a token' };
    case 'selfsubjectrulesreviews':
      return {
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      };
    case 'tokenreviews':
      return tokenStatus(body, authenticate);
    case 'selfsubjectreviews': {
      const token = bearerToken(request.headers['authorization']);
      return { userInfo: userInfo((token === undefined ? undefined : authenticate(token)) ?? ADMIN) };
    }
    default:
      throw noSuchResource();
  }
}

function tokenStatus(body: Body, authenticate: Authenticate): object {
  const { token, audiences: wanted } = (body['spec'] ?? {}) as {
    token?: unknown;
    audiences?: readonly string[];
  };
  if (typeof token !== 'string' || token === '')
    throw badRequest('token is required for TokenReview in authentication');
  const identity = authenticate(token);
  const refused = { user: {}, error: 'invalid bearer token' };
  if (!identity) return refused;
  // The local token is good for whatever audience is asked; that of an account only for its own.
  const audiences =
    identity === ADMIN ? (wanted ?? []) : identity.audiences.filter((one) => wanted?.includes(one) ?? true);
  if (wanted && wanted.length > 0 && audiences.length === 0) {
    return {
      user: {},
      error: `token audiences ${JSON.stringify(identity.audiences)} is invalid for the target audiences ${JSON.stringify(wanted)}`,
    };
  }
  return { authenticated: true, user: userInfo(identity), ...(audiences.length > 0 ? { audiences } : {}) };
}

function userInfo({ username, uid, groups, extra }: Identity): object {
  return { username, ...(uid === undefined ? {} : { uid }), groups, ...(extra ? { extra } : {}) };
}
