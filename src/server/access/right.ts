import { RUN_KINDS } from '../../actions/runKinds.ts';
import type { Run } from '../../core/run/run.ts';

/** One Kubernetes right, as a SubjectAccessReview asks for it. */
export interface Right {
  readonly verb: 'get' | 'list' | 'watch' | 'create' | 'patch' | 'delete';
  /** '' for the core group. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Left out: in all namespaces. */
  readonly namespace?: string;
  /** Left out: all objects. */
  readonly name?: string;
}

/** A right on the runs of one kind. */
export function runsRight(
  verb: Right['verb'],
  namespace?: string,
  name?: string,
  kind: Run['kind'] = 'Run',
): Right {
  const { group, plural } = RUN_KINDS[kind].resource;
  return {
    verb,
    group,
    resource: plural,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

/** The right in the words of RBAC: `create pods in namespace etl`. */
export function describeRight(right: Right): string {
  const resource = right.group === '' ? right.resource : `${right.resource}.${right.group}`;
  const path = right.subresource === undefined ? resource : `${resource}/${right.subresource}`;
  const name = right.name === undefined ? '' : ` "${right.name}"`;
  const where = right.namespace === undefined ? 'in all namespaces' : `in namespace ${right.namespace}`;
  return `${right.verb} ${path}${name} ${where}`;
}
