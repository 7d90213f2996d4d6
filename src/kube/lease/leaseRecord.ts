import type { Lease, LeaseSpec } from 'kubernetes-types/coordination/v1.d.ts';
import type { Random } from '../../ports/clock.ts';
import type { ObjectRef } from '../types.ts';

/** Who claims a lease, for how long, at what wall time (written for people; nobody compares it). */
export interface Claim {
  readonly identity: string;
  readonly leaseSeconds: number;
  readonly nowMs: number;
}

/** `<host>_<pid>_<random>`: no two processes ever have the same, also after a restart in the same container. */
export function holderIdentity(host: string, pid: number, random: Random): string {
  const chance = Math.floor(random() * 2 ** 32);
  return `${host}_${pid}_${chance.toString(16).padStart(8, '0')}`;
}

/** The holder; undefined when there is no lease or it was released. */
export function holderOf(lease: Lease | undefined): string | undefined {
  return lease?.spec?.holderIdentity || undefined;
}

/** Equal as long as nobody renewed, took or released the lease: what an observer times by its own clock. */
export function recordOf({ spec }: Lease): string {
  return JSON.stringify([spec?.holderIdentity, spec?.renewTime, spec?.acquireTime, spec?.leaseTransitions]);
}

/** The lease as it is to be written by a claimant: renewed when it holds it, else taken. */
export function claimed(lease: Lease, claim: Claim): Lease {
  const { spec } = lease;
  const renewed: LeaseSpec = {
    ...spec,
    holderIdentity: claim.identity,
    leaseDurationSeconds: claim.leaseSeconds,
    renewTime: microTime(claim.nowMs),
  };
  if (spec?.holderIdentity === claim.identity) return { ...lease, spec: renewed };
  const leaseTransitions = (spec?.leaseTransitions ?? 0) + 1;
  return { ...lease, spec: { ...renewed, acquireTime: microTime(claim.nowMs), leaseTransitions } };
}

/** A lease that did not exist yet. */
export function firstClaim(ref: ObjectRef, claim: Claim): Lease {
  const now = microTime(claim.nowMs);
  return {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { ...ref },
    spec: {
      holderIdentity: claim.identity,
      leaseDurationSeconds: claim.leaseSeconds,
      acquireTime: now,
      renewTime: now,
      leaseTransitions: 0,
    },
  };
}

/** The lease given back: whoever looks next may take it without waiting. The API refuses a duration below 1 s. */
export function released(lease: Lease, nowMs: number): Lease {
  const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(nowMs) };
  return { ...lease, spec };
}

/** RFC 3339 with microseconds, as the API wants it. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
