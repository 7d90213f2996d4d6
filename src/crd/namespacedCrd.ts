import { GROUP } from '../core/naming/naming.ts';
import type { StructuralSchema, ValidationRule } from './structuralSchema.ts';

/** A column of `kubectl get`. */
export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  /** Above 0: only with `-o wide`. */
  readonly priority?: number;
}

/** What one kind of ours is, beside what all of them have in common. */
export interface KindOfOurs {
  /** Left out: ours. */
  readonly group?: string;
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  /** What one object is, for `kubectl explain`. */
  readonly description: string;
  readonly columns: readonly PrinterColumn[];
  /** Fields that a field selector may name, where the cluster has that. */
  readonly selectable?: readonly string[];
  readonly spec: StructuralSchema;
  readonly status: StructuralSchema;
  /** Rules on the whole object. */
  readonly rules: readonly ValidationRule[];
}

/** The CustomResourceDefinition of a kind of ours: namespaced, of version v1, with a status of its own. */
export function namespacedCrd(ours: KindOfOurs): object {
  const { group = GROUP, kind, plural, shortName, columns, selectable } = ours;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        shortNames: [shortName],
        categories: ['endwell'],
      },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: columns,
          ...(selectable && { selectableFields: selectable.map((jsonPath) => ({ jsonPath })) }),
          schema: { openAPIV3Schema: objectSchema(ours) },
        },
      ],
    },
  };
}

function objectSchema({ description, spec, status, rules }: KindOfOurs): StructuralSchema {
  return {
    type: 'object',
    description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec,
      status,
    },
    ...(rules.length === 0 ? {} : { 'x-kubernetes-validations': [...rules] }),
  };
}
