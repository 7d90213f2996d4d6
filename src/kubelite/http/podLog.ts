import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { type Core, headOf, type Target } from '../registry/core.ts';
import { badRequest, notFound } from '../status.ts';
import type { ApiRequest, ApiResponse, PodLogRequest, PodLogSource } from '../types.ts';
import { isSet, wholeNumber } from './query.ts';

/** GET pods/NAME/log: the bytes as they come. Refuses: no such pod (404), no or more than one container to choose (400). */
export async function podLog(
  core: Core,
  source: PodLogSource,
  target: Target,
  query: URLSearchParams,
  request: ApiRequest,
): Promise<ApiResponse> {
  const pod = headOf(core, target) as Pod | undefined;
  if (!pod) throw notFound(target.served.info, target.name);
  const log: PodLogRequest = {
    namespace: target.namespace ?? '',
    pod: target.name,
    container: containerOf(pod, query.get('container') ?? ''),
    follow: isSet(query, 'follow'),
    previous: isSet(query, 'previous'),
    timestamps: isSet(query, 'timestamps'),
    tailLines: notNegative(query, 'tailLines'),
    limitBytes: notNegative(query, 'limitBytes'),
    since: sinceOf(core, query),
    signal: request.signal ?? new AbortController().signal,
  };
  const body = await source.openLog(log);
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

function notNegative(query: URLSearchParams, name: string): number | undefined {
  const value = wholeNumber(query, name);
  if (value !== undefined && value < 0) throw badRequest(`reading query: ${name}=${value} must be 0 or more`);
  return value;
}

function sinceOf(core: Core, query: URLSearchParams): number | undefined {
  const seconds = wholeNumber(query, 'sinceSeconds');
  const time = query.get('sinceTime');
  if (seconds !== undefined && time !== null) {
    throw badRequest('at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  if (seconds !== undefined) return core.clock.now() - seconds * 1_000;
  if (time === null) return undefined;
  const at = Date.parse(time);
  if (Number.isNaN(at)) throw badRequest(`reading query: sinceTime=${time} must be an RFC 3339 time`);
  return at;
}

function containerOf(pod: Pod, asked: string): string {
  const name = pod.metadata?.name ?? '';
  const main = (pod.spec?.containers ?? []).map((one) => one.name);
  const init = (pod.spec?.initContainers ?? []).map((one) => one.name);
  const [only] = main;
  if (asked !== '') {
    if (main.includes(asked) || init.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${name}`);
  }
  if (only !== undefined && main.length === 1) return only;
  const inits = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(
    `a container name must be specified for pod ${name}, choose one of: [${main.join(' ')}]${inits}`,
  );
}
