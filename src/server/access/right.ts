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

/** A right on runs. */
export function runsRight(verb: Right['verb'], namespace?: string, name?: string): Right {
  return {
    verb,
    group: 'endwell.dev',
    resource: 'runs',
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}

/** The same right on the jobs of OpenMetadata, which are runs too. */
export function omJobsRight(verb: Right['verb'], namespace?: string): Right {
  return { ...runsRight(verb, namespace), group: 'pipelines.openmetadata.org', resource: 'omjobs' };
}

/** The right in the words of RBAC: `create pods in namespace etl`. */
export function describeRight(right: Right): string {
  const resource = right.group === '' ? right.resource : `${right.resource}.${right.group}`;
  const path = right.subresource === undefined ? resource : `${resource}/${right.subresource}`;
  const name = right.name === undefined ? '' : ` "${right.name}"`;
  const where = right.namespace === undefined ? 'in all namespaces' : `in namespace ${right.namespace}`;
  return `${right.verb} ${path}${name} ${where}`;
}
