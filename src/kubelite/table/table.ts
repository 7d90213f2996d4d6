import type { Served } from '../registry/catalogue.ts';
import type { StoredObject } from '../types.ts';
import { columnsOf } from './columns.ts';

/** What stands beside the cells of a row: query parameter `includeObject`. */
export type Include = 'None' | 'Metadata' | 'Object';

export interface TableOptions {
  readonly include: Include;
  /** ms since the epoch, for ages. */
  readonly now: number;
  /** Metadata of the list; for one object its resourceVersion. */
  readonly metadata: object;
  /** Later events of a watch leave the heads out. */
  readonly heads: 'with' | 'without';
}

/** Objects as the Table that kubectl prints. */
export function tableOf(served: Served, objects: readonly StoredObject[], options: TableOptions): object {
  const kind = columnsOf(served);
  const rows = objects.map((object) => {
    const row = { cells: kind.cells(object, options.now) };
    if (options.include === 'None') return row;
    return { ...row, object: options.include === 'Object' ? object : partialMetadata(object) };
  });
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: options.metadata,
    columnDefinitions: options.heads === 'with' ? kind.columns : [],
    rows,
  };
}

/** The metadata of an object alone, as PartialObjectMetadata. */
export function partialMetadata(object: StoredObject): object {
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata };
}
