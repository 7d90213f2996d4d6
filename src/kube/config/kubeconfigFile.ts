import { dirname } from 'node:path';
import { parse } from 'yaml';
import { KubeconfigError } from '../errors.ts';
import type { Fields } from './fields.ts';
import { mapField, mapsField, textField } from './fields.ts';

/** A named entry of a kubeconfig; paths in it are relative to `folder`. */
export interface Entry extends Fields {
  readonly folder: string;
}

/** What one kubeconfig file says, or several put together. */
export interface Kubeconfig {
  /** The file or files, for messages. */
  readonly source: string;
  readonly currentContext: string | undefined;
  readonly contexts: ReadonlyMap<string, Entry>;
  readonly clusters: ReadonlyMap<string, Entry>;
  readonly users: ReadonlyMap<string, Entry>;
}

/** Reads the text of one file. Refuses what is no YAML, no kubeconfig, or names an entry twice. */
export function parseKubeconfig(path: string, text: string): Kubeconfig {
  const root = { where: path, values: parseYaml(path, text) };
  const kind = textField(root, 'kind');
  if (kind !== undefined && kind !== 'Config') {
    throw new KubeconfigError(`reading kubeconfig ${path}: it is a ${kind}, not a kubeconfig (kind: Config)`);
  }
  return {
    source: path,
    currentContext: textField(root, 'current-context'),
    contexts: entries(root, 'contexts', 'context'),
    clusters: entries(root, 'clusters', 'cluster'),
    users: entries(root, 'users', 'user'),
  };
}

/** As kubectl merges the files of KUBECONFIG: of equal names, and of current-context, the first file's stands whole. */
export function mergeKubeconfigs(files: readonly Kubeconfig[]): Kubeconfig {
  const first = (pick: (file: Kubeconfig) => ReadonlyMap<string, Entry>) =>
    new Map(files.toReversed().flatMap((file) => [...pick(file)]));
  return {
    source: files.map((file) => file.source).join(', '),
    currentContext: files.find((file) => file.currentContext !== undefined)?.currentContext,
    contexts: first((file) => file.contexts),
    clusters: first((file) => file.clusters),
    users: first((file) => file.users),
  };
}

function parseYaml(path: string, text: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = parse(text) ?? {};
  } catch (cause) {
    const [line] = String(cause instanceof Error ? cause.message : cause).split('\n');
    throw new KubeconfigError(`reading kubeconfig ${path}: it is not YAML: ${line}`, cause);
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Record<string, unknown>;
  }
  throw new KubeconfigError(
    `reading kubeconfig ${path}: it is not a kubeconfig (a map with clusters, users and contexts)`,
  );
}

function entries(root: Fields, list: string, key: string): Map<string, Entry> {
  const found = new Map<string, Entry>();
  for (const item of mapsField(root, list)) {
    const name = textField(item, 'name');
    if (name === undefined) throw new KubeconfigError(`reading kubeconfig: ${item.where} has no name`);
    if (found.has(name)) {
      throw new KubeconfigError(
        `reading kubeconfig ${root.where}: two ${list} are named "${name}": rename one`,
      );
    }
    const { values } = mapField(item, key);
    found.set(name, { where: `${key} "${name}" of ${root.where}`, values, folder: dirname(root.where) });
  }
  return found;
}
