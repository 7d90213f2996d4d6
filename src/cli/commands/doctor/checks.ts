import type { CustomResourceDefinition } from 'kubernetes-types/apiextensions/v1.d.ts';
import { allCrds } from '../../../crd/allCrds.ts';
import { ForbiddenError, NotFoundError } from '../../../kube/errors.ts';
import { customResourceDefinitions, leases } from '../../../kube/resources.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { isObject, type Json, sameJson } from '../../../kubernetes/json.ts';

/** What one check found: one line, and the fix where one is needed. */
export interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly said: string;
  /** What to do; undefined when nothing is to be done. */
  readonly fix?: string;
}

/** Oldest minor version of Kubernetes 1 with scheduling gates enabled for good. */
const OLDEST_MINOR = 30;
const INSTALL = 'endwell crds | kubectl apply --server-side -f -';

/** Is it a Kubernetes that is new enough? */
export async function checkVersion(client: KubeClient, origin: string): Promise<Finding> {
  const check = 'cluster';
  const { major, minor, gitVersion } = await client.raw<Record<string, string>>('GET', '/version');
  const ok = Number(major) > 1 || Number.parseInt(minor ?? '0', 10) >= OLDEST_MINOR;
  const said = `Kubernetes ${gitVersion ?? '?'} (${origin})`;
  return ok ? { check, ok, said } : { check, ok, said, fix: `use Kubernetes 1.${OLDEST_MINOR} or newer` };
}

/** Are our resources installed, served, and those of this version? */
export async function checkCrds(client: KubeClient): Promise<Finding[]> {
  const wanted = allCrds() as CustomResourceDefinition[];
  return Promise.all(wanted.map((crd) => checkCrd(client, crd)));
}

async function checkCrd(client: KubeClient, wanted: CustomResourceDefinition): Promise<Finding> {
  const name = wanted.metadata?.name ?? '';
  const check = `CRD ${name}`;
  try {
    const found = await client.get(customResourceDefinitions, { name });
    const isServed = found.status?.conditions?.some(
      ({ type, status }) => type === 'Established' && status === 'True',
    );
    if (isServed !== true)
      return { check, ok: false, said: 'is not served', fix: `kubectl describe crd ${name}` };
    if (!hasSameSchemas(found, wanted)) {
      return { check, ok: false, ...otherDefinition(found) };
    }
    return { check, ok: true, said: 'installed and current' };
  } catch (error) {
    if (error instanceof NotFoundError) return { check, ok: false, said: 'is not installed', fix: INSTALL };
    if (error instanceof ForbiddenError) {
      return { check, ok: true, said: 'you may not read CRDs; whether it is current is not known' };
    }
    throw error;
  }
}

/** Whose definition it is: the chart of OpenMetadata brings its own of OMJob and CronOMJob, whose fields Helm holds. */
function otherDefinition({ metadata }: CustomResourceDefinition): Pick<Finding, 'said' | 'fix'> {
  const release = metadata?.annotations?.['meta.helm.sh/release-name'];
  if (release === undefined) return { said: 'is of another version of Endwell', fix: INSTALL };
  return {
    said: `is of another version, or that of Helm release ${release}, which drops what Endwell writes down`,
    fix: INSTALL.replace('--server-side', '--server-side --force-conflicts'),
  };
}

function hasSameSchemas(found: CustomResourceDefinition, wanted: CustomResourceDefinition): boolean {
  return wanted.spec.versions.every((version) => {
    const other = found.spec.versions.find(({ name }) => name === version.name);
    return other !== undefined && covers(other.schema as unknown as Json, version.schema as unknown as Json);
  });
}

/**
 * Whether a schema says all that is wanted. Where ours was applied over another's, descriptions and fields that only the other
 * one had stay, and do no harm; anything more is a rule that we did not make.
 */
function covers(
  found: Json | undefined,
  wanted: Json | undefined,
  place: 'schema' | 'fields' = 'schema',
): boolean {
  if (!isObject(found) || !isObject(wanted))
    return found === wanted || (found !== undefined && wanted !== undefined && sameJson(found, wanted));
  const isMore = (key: string) => !Object.hasOwn(wanted, key) && place === 'schema' && key !== 'description';
  if (Object.keys(found).some(isMore)) return false;
  return Object.entries(wanted).every(([key, value]) =>
    covers(found[key], value, place === 'schema' && key === 'properties' ? 'fields' : 'schema'),
  );
}

/** Who leads: somebody who renews the lease, somebody who does not, nobody; or it can't be known. */
export interface Lead {
  readonly kind: 'alive' | 'silent' | 'nobody' | 'unknown';
  readonly said: string;
}

/** Reads the operator's lease. */
export async function readLead(client: KubeClient): Promise<Lead> {
  try {
    const { items } = await client.list(leases, { fieldSelector: 'metadata.name=endwell-operator' });
    const [lease] = items;
    const { holderIdentity, renewTime, leaseDurationSeconds = 15 } = lease?.spec ?? {};
    if (lease === undefined) return { kind: 'nobody', said: 'none has ever led in this cluster' };
    const where = `lease ${lease.metadata?.namespace ?? ''}/endwell-operator`;
    if (!holderIdentity) return { kind: 'nobody', said: `nobody holds ${where}` };
    const age = Math.round((client.serverNow() - Date.parse(renewTime ?? '')) / 1000);
    const said = `${holderIdentity} holds ${where}, renewed ${age} s ago`;
    return age <= leaseDurationSeconds
      ? { kind: 'alive', said }
      : { kind: 'silent', said: `${said}: it is gone or hangs` };
  } catch (error) {
    if (!(error instanceof ForbiddenError)) throw error;
    return { kind: 'unknown', said: 'you may not list leases; whether an operator leads is not known' };
  }
}

/** Does an operator lead, and is it alive? */
export async function checkOperator(client: KubeClient): Promise<Finding> {
  const check = 'operator';
  const { kind, said } = await readLead(client);
  if (kind === 'alive' || kind === 'unknown') return { check, ok: true, said };
  return { check, ok: false, said, fix: 'start one: endwell operator, or endwell up' };
}
