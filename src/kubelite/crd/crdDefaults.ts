import { isObject, type JsonObject } from '../../kubernetes/json.ts';
import type { CrdNames } from './crd.ts';

/** A CustomResourceDefinition with the names that follow from its kind, and no conversion. */
export function withCrdDefaults(crd: JsonObject): JsonObject {
  const spec = crd['spec'];
  if (!isObject(spec)) return { ...crd };
  const names = (spec['names'] ?? {}) as CrdNames;
  const kind = names.kind ?? '';
  const singular = names.singular || kind.toLowerCase();
  const listKind = names.listKind || (kind === '' ? '' : `${kind}List`);
  return {
    ...crd,
    spec: {
      ...spec,
      names: { ...names, singular, listKind } as JsonObject,
      conversion: spec['conversion'] ?? { strategy: 'None' },
    },
  };
}
