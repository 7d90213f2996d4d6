/** Where a path that a container knows really lies. */
export interface PathMapping {
  /** As the pod names it: absolute, no slash at the end. */
  readonly from: string;
  readonly to: string;
}

/** What may stand before a path in a text, or after it: not a part of a longer path or word. */
const PATH_CHARACTER = /[A-Za-z0-9_.\-/~]/;

/**
 * A text of the pod (argument, environment value, folder) with each path below a mapping moved to where it really lies.
 * Paths inside a longer text (`sh -c 'cat /config/a'`, `--out=/data/x`) count; `/configuration` or a URL's `host/config` do not.
 */
export function mapPaths(text: string, mappings: readonly PathMapping[]): string {
  const longestFirst = [...mappings].sort((a, b) => b.from.length - a.from.length);
  let mapped = '';
  for (let at = 0; at < text.length; ) {
    const before = at === 0 ? '' : (text[at - 1] ?? '');
    const hit = PATH_CHARACTER.test(before)
      ? undefined
      : longestFirst.find((one) => startsPath(text, at, one.from));
    mapped += hit ? hit.to : (text[at] ?? '');
    at += hit ? hit.from.length : 1;
  }
  return mapped;
}

function startsPath(text: string, at: number, path: string): boolean {
  if (text[at] !== '/' || !text.startsWith(path, at)) return false;
  const after = text[at + path.length];
  return after === undefined || after === '/' || !PATH_CHARACTER.test(after);
}

/** A mount path as mappings hold it; undefined for the root, which can't be moved. */
export function cleanPath(path: string): string | undefined {
  const clean = `/${path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
  return clean === '/' ? undefined : clean;
}
