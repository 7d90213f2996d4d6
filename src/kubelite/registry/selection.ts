import { type FieldRequirement, matchesFields, parseFieldSelector } from '../../kubernetes/fieldSelector.ts';
import { type LabelPredicate, parseLabelSelector } from '../../kubernetes/labelSelector.ts';
import { SelectorError } from '../../kubernetes/selectorError.ts';
import { badRequest } from '../status.ts';
import type { StoredObject } from '../types.ts';
import type { Served } from './catalogue.ts';

/** Which objects of a collection a list or a watch speaks of. */
export interface Selection {
  /** '' for all. */
  readonly namespace: string;
  matches(object: StoredObject): boolean;
}

/** Reads the two selectors of a request. Throws 400 for one that can't be read or a field that the kind hasn't got. */
export function selectionOf(
  served: Served,
  namespace: string | undefined,
  labelSelector: string | undefined,
  fieldSelector: string | undefined,
): Selection {
  const labels = labelSelector ? readLabels(labelSelector) : undefined;
  const fields = fieldSelector ? readFields(served, fieldSelector) : [];
  return {
    namespace: namespace ?? '',
    matches(object) {
      if (labels && !labels(object.metadata.labels)) return false;
      return fields.length === 0 || matchesFields(fields, (field) => fieldOf(object, field));
    },
  };
}

function readLabels(text: string): LabelPredicate {
  try {
    return parseLabelSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

function readFields(served: Served, text: string): readonly FieldRequirement[] {
  let terms: readonly FieldRequirement[];
  try {
    terms = parseFieldSelector(text);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
  const allowed = ['metadata.name', 'metadata.namespace', ...served.schema.selectableFields];
  for (const { field } of terms) {
    if (!allowed.includes(field)) throw badRequest(`field label not supported: ${field}`);
  }
  return terms;
}

/** The text of a field by its path; '' when it isn't set, 'false' for an unset boolean that can be selected. */
function fieldOf(object: StoredObject, path: string): string {
  let value: unknown = object;
  // An event's `source` is selected by the component that it names.
  for (const step of (path === 'source' ? 'source.component' : path).replace(/^\./, '').split('.')) {
    value =
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }
  if (value === undefined || value === null) return UNSET[path] ?? '';
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? '' : JSON.stringify(value);
}

/** Fields of which Kubernetes shows the zero value. */
const UNSET: Readonly<Record<string, string>> = {
  'spec.unschedulable': 'false',
  'spec.hostNetwork': 'false',
};
