import type { TransportRequest, TransportResponse } from '../../src/kube/transport/transport.ts';
import { statusAnswer } from './faultyTransport.ts';
import type { ApiServer } from './plan.ts';

/** A request as that API server understands it, or its answer where it does not. */
export function asServed(
  request: TransportRequest,
  { watchLists, page }: ApiServer,
): TransportRequest | TransportResponse {
  if (!watchLists && request.path.includes('sendInitialEvents=')) {
    return statusAnswer(422, 'Invalid', 'sendInitialEvents: Forbidden: the feature WatchList is not enabled');
  }
  const path = request.path.replace(/([?&]limit=)(\d+)/, (_, name: string, limit: string) => {
    return `${name}${Math.min(page, Number(limit))}`;
  });
  return path === request.path ? request : { ...request, path };
}
