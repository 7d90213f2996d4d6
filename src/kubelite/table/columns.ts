import type { Event, Namespace, Node } from 'kubernetes-types/core/v1.d.ts';
import type { Served } from '../registry/catalogue.ts';
import type { StoredObject } from '../types.ts';
import { ageOf } from './age.ts';
import { podCells } from './pods.ts';

/** Head of one column; `priority` above 0 is shown with `-o wide` only. */
export interface Column {
  readonly name: string;
  readonly type: string;
  readonly format: string;
  readonly description: string;
  readonly priority: number;
}

export type Cell = string | number | boolean | null;

/** The columns of a kind, and how to fill them for one object. */
export interface Columns {
  readonly columns: readonly Column[];
  cells(object: StoredObject, now: number): readonly Cell[];
}

/** Columns of a resource: its own of a built-in kind, those that a CRD declares, else name and age. */
export function columnsOf(served: Served): Columns {
  const known = BUILT_IN[served.collection];
  if (known) return known;
  const { columns: declared } = served.schema;
  if (declared.length === 0) return NAME_AND_AGE;
  return {
    columns: [
      NAME,
      ...declared.map(({ name, type, format, description, priority }) => ({
        name,
        type,
        format,
        description,
        priority,
      })),
    ],
    cells: (object, now) => [
      object.metadata.name,
      ...declared.map((column) => declaredCell(column, object, now)),
    ],
  };
}

function declaredCell(column: Served['schema']['columns'][number], object: StoredObject, now: number): Cell {
  const cell = column.cell(object as never);
  return column.type === 'date' && typeof cell === 'string' ? ageOf(cell, now) : cell;
}

const NAME: Column = column('Name', { format: 'name' });

function column(name: string, more: Partial<Column> = {}): Column {
  return { name, type: 'string', format: '', description: '', priority: 0, ...more };
}

function wide(...names: readonly string[]): Column[] {
  return names.map((name) => column(name, { priority: 1 }));
}

function shown(...names: readonly string[]): Column[] {
  return [NAME, ...names.map((name) => column(name))];
}

function age(object: StoredObject, now: number): string {
  return ageOf(object.metadata.creationTimestamp, now);
}

const NAME_AND_AGE: Columns = {
  columns: shown('Age'),
  cells: (object, now) => [object.metadata.name, age(object, now)],
};

const BUILT_IN: Readonly<Record<string, Columns>> = {
  '/pods': {
    columns: [
      ...shown('Ready', 'Status', 'Restarts', 'Age'),
      ...wide('IP', 'Node', 'Nominated Node', 'Readiness Gates'),
    ],
    cells: (object, now) => podCells(object, now, age(object, now)),
  },
  '/nodes': {
    columns: [
      ...shown('Status', 'Roles', 'Age', 'Version'),
      ...wide('Internal-IP', 'External-IP', 'OS-Image', 'Kernel-Version', 'Container-Runtime'),
    ],
    cells: nodeCells,
  },
  '/namespaces': {
    columns: shown('Status', 'Age'),
    cells: (object, now) => [
      object.metadata.name,
      (object as Namespace).status?.phase ?? '',
      age(object, now),
    ],
  },
  '/secrets': {
    columns: shown('Type', 'Data', 'Age'),
    cells: (object, now) => [
      object.metadata.name,
      object['type'] as string,
      sizeOf(object['data']),
      age(object, now),
    ],
  },
  '/configmaps': {
    columns: shown('Data', 'Age'),
    cells: (object, now) => [
      object.metadata.name,
      String(Number(sizeOf(object['data'])) + Number(sizeOf(object['binaryData']))),
      age(object, now),
    ],
  },
  '/serviceaccounts': {
    columns: shown('Secrets', 'Age'),
    cells: (object, now) => [object.metadata.name, sizeOf(object['secrets']), age(object, now)],
  },
  '/events': {
    columns: [
      column('Last Seen'),
      column('Type'),
      column('Reason'),
      column('Object'),
      ...wide('Subobject', 'Source'),
      column('Message'),
      ...wide('First Seen', 'Count'),
      { ...NAME, priority: 1 },
    ],
    cells: eventCells,
  },
  'coordination.k8s.io/leases': {
    columns: shown('Holder', 'Age'),
    cells: (object, now) => [
      object.metadata.name,
      (object.spec as { holderIdentity?: string } | undefined)?.holderIdentity ?? '',
      age(object, now),
    ],
  },
  'apps/controllerrevisions': {
    columns: shown('Controller', 'Revision', 'Age'),
    cells: (object, now) => [
      object.metadata.name,
      controllerOf(object),
      object['revision'] as number,
      age(object, now),
    ],
  },
  'apiextensions.k8s.io/customresourcedefinitions': {
    columns: shown('Created At'),
    cells: (object) => [object.metadata.name, object.metadata.creationTimestamp],
  },
};

function sizeOf(value: unknown): string {
  return String(typeof value === 'object' && value !== null ? Object.keys(value).length : 0);
}

function controllerOf(object: StoredObject): string {
  const owner = object.metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (!owner) return '<none>';
  const [group, version] = owner.apiVersion.split('/');
  return `${owner.kind.toLowerCase()}${version === undefined ? '' : `.${group}`}/${owner.name}`;
}

const ROLE_LABEL = 'node-role.kubernetes.io/';

function nodeCells(object: StoredObject, now: number): readonly Cell[] {
  const { spec, status } = object as Node;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const states = [ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown'];
  if (spec?.unschedulable) states.push('SchedulingDisabled');
  const roles = Object.keys(object.metadata.labels ?? {})
    .filter((label) => label.startsWith(ROLE_LABEL))
    .map((label) => label.slice(ROLE_LABEL.length))
    .sort();
  const address = (wanted: string) =>
    status?.addresses?.find(({ type }) => type === wanted)?.address ?? '<none>';
  const info = status?.nodeInfo;
  return [
    object.metadata.name,
    states.join(','),
    roles.join(',') || '<none>',
    age(object, now),
    info?.kubeletVersion ?? '',
    address('InternalIP'),
    address('ExternalIP'),
    info?.osImage || '<unknown>',
    info?.kernelVersion || '<unknown>',
    info?.containerRuntimeVersion || '<unknown>',
  ];
}

function eventCells(object: StoredObject, now: number): readonly Cell[] {
  const event = object as Event & StoredObject;
  const created = object.metadata.creationTimestamp;
  const first = event.firstTimestamp || event.eventTime || created;
  const last = event.series?.lastObservedTime || event.lastTimestamp || first;
  const about = event.involvedObject;
  const source = [event.source?.component || event.reportingComponent, event.source?.host];
  return [
    ageOf(last, now),
    event.type ?? '',
    event.reason ?? '',
    `${(about.kind ?? '').toLowerCase()}/${about.name ?? ''}`,
    about.fieldPath ?? '',
    source.filter(Boolean).join(', '),
    (event.message ?? '').trim(),
    ageOf(first, now),
    String(event.series?.count ?? event.count ?? 1),
    object.metadata.name,
  ];
}
