import { NotFoundError } from '../errors.ts';
import { leases } from '../resources.ts';
import type { KubeClient, ObjectRef } from '../types.ts';
import { holderOf, released } from './leaseRecord.ts';

/**
 * Gives a lease back in the name of its holder, so that the next claim need not wait until it expires. Only for one who
 * knows for certain that the holder is dead. Does nothing where nobody holds it; throws what the API refuses.
 *
 * @param now wall time in ms, written for people
 */
export async function seizeLease(
  client: Pick<KubeClient, 'get' | 'replace'>,
  ref: Required<ObjectRef>,
  now: number,
  signal: AbortSignal,
): Promise<void> {
  const options = { lane: 'lease', signal } as const;
  try {
    const lease = await client.get(leases, ref, options);
    if (holderOf(lease) !== undefined) await client.replace(leases, released(lease, now), options);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
  }
}
