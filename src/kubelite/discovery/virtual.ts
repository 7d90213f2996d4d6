/** A resource that has no stored objects of its own: a question to the server, or a part of another resource. */
export interface VirtualResource {
  readonly group: string;
  readonly version: string;
  /** Plural, or `plural/subresource`. */
  readonly name: string;
  readonly kind: string;
  /** `group/version` of the bodies where it isn't that of the path. */
  readonly kindVersion?: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

function review(group: string, name: string, kind: string, namespaced = false): VirtualResource {
  return { group, version: 'v1', name, kind, namespaced, verbs: ['create'] };
}

const CORE = { group: '', version: 'v1', namespaced: true } as const;

/** All that are served beside the stored kinds. */
export const VIRTUAL_RESOURCES: readonly VirtualResource[] = [
  { ...CORE, name: 'pods/log', kind: 'Pod', verbs: ['get'] },
  { ...CORE, name: 'pods/binding', kind: 'Binding', verbs: ['create'] },
  { ...CORE, name: 'pods/eviction', kind: 'Eviction', kindVersion: 'policy/v1', verbs: ['create'] },
  {
    ...CORE,
    name: 'serviceaccounts/token',
    kind: 'TokenRequest',
    kindVersion: 'authentication.k8s.io/v1',
    verbs: ['create'],
  },
  { ...CORE, namespaced: false, name: 'namespaces/finalize', kind: 'Namespace', verbs: ['update'] },
  review('authorization.k8s.io', 'selfsubjectaccessreviews', 'SelfSubjectAccessReview'),
  review('authorization.k8s.io', 'selfsubjectrulesreviews', 'SelfSubjectRulesReview'),
  review('authorization.k8s.io', 'subjectaccessreviews', 'SubjectAccessReview'),
  review('authorization.k8s.io', 'localsubjectaccessreviews', 'LocalSubjectAccessReview', true),
  review('authentication.k8s.io', 'tokenreviews', 'TokenReview'),
  review('authentication.k8s.io', 'selfsubjectreviews', 'SelfSubjectReview'),
];
