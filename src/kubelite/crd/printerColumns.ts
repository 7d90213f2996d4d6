import { isObject, type Json, type JsonObject } from '../../kubernetes/json.ts';
import type { PrinterColumn } from '../schema/objectSchema.ts';
import type { CrdColumn } from './crd.ts';
import { compileJsonPath } from './jsonPath.ts';

/** What Kubernetes shows of a kind that declares no columns. */
const AGE: CrdColumn = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since the object was created.',
};

/** The columns of one version, without the name, which every table begins with. */
export function printerColumns(columns: readonly CrdColumn[] | undefined): readonly PrinterColumn[] {
  return (columns ?? [AGE]).map((column) => {
    const type = (column.type ?? 'string') as PrinterColumn['type'];
    const read = compileJsonPath(column.jsonPath ?? '.');
    return {
      name: column.name ?? '',
      type,
      format: column.format ?? '',
      description: column.description ?? '',
      priority: column.priority ?? 0,
      cell: (object: JsonObject) => cellOf(type, read(object)[0]),
    };
  });
}

/** Values of another type than the column's are left out, as Kubernetes does; a text column shows anything. */
function cellOf(type: PrinterColumn['type'], value: Json | undefined): string | number | boolean | null {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? value : null;
    case 'string':
      return isObject(value) || Array.isArray(value)
        ? JSON.stringify(value)
        : (value as string | number | boolean).toString();
    default:
      return type satisfies never;
  }
}
