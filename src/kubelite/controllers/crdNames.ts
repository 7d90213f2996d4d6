import type { Catalogue } from '../registry/catalogue.ts';

/** How a CRD calls its kind. */
export interface Names {
  readonly plural: string;
  readonly singular?: string;
  readonly kind: string;
  readonly listKind?: string;
  readonly shortNames?: readonly string[];
}

/** One condition of a CRD's status. */
export interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime?: string;
}

/** NamesAccepted, and Established that follows it: refused when another resource of the group has one of the names. */
export function namesConditions(catalogue: Catalogue, group: string, names: Names): Condition[] {
  const conflict = conflictOf(catalogue, group, names);
  if (conflict) {
    return [
      { type: 'NamesAccepted', status: 'False', ...conflict },
      { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
    ];
  }
  const message = 'the initial names have been accepted';
  return [
    { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' },
    { type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message },
  ];
}

function conflictOf(
  catalogue: Catalogue,
  group: string,
  names: Names,
): { readonly reason: string; readonly message: string } | undefined {
  const others = catalogue
    .preferred()
    .map(({ info }) => info)
    .filter((info) => info.group === group && info.plural !== names.plural);
  const resources = new Set(
    others.flatMap(({ plural, singular, shortNames }) => [plural, singular, ...shortNames]),
  );
  const kinds = new Set(others.flatMap(({ kind }) => [kind, `${kind}List`]));
  const taken = (name: string) => ({ message: `"${name}" is already in use` });
  const singular = names.singular ?? names.kind.toLowerCase();
  if (resources.has(names.plural)) return { reason: 'PluralConflict', ...taken(names.plural) };
  if (resources.has(singular)) return { reason: 'SingularConflict', ...taken(singular) };
  const short = names.shortNames?.find((name) => resources.has(name));
  if (short !== undefined) return { reason: 'ShortNamesConflict', ...taken(short) };
  if (kinds.has(names.kind)) return { reason: 'KindConflict', ...taken(names.kind) };
  const listKind = names.listKind ?? `${names.kind}List`;
  return kinds.has(listKind) ? { reason: 'ListKindConflict', ...taken(listKind) } : undefined;
}
