import { parseAllDocuments, stringify } from 'yaml';
import { usageError } from '../cliError.ts';

/** An object as YAML, without anchors and folded lines, which people do not expect in manifests. */
export function toYaml(object: object): string {
  return stringify(object, { aliasDuplicateObjects: false, lineWidth: 0 });
}

/** The one document of a YAML or JSON text. Refuses (exit code 2) text that can't be read, and several documents. */
export function oneDocument(text: string, source: string): unknown {
  const documents = parseAllDocuments(text, { uniqueKeys: true });
  const [first, second] = Array.isArray(documents) ? documents : [];
  const broken = first?.errors[0];
  if (broken !== undefined)
    throw usageError(`reading ${source}: ${(broken.message.split('\n')[0] ?? '').replace(/:$/, '')}`);
  if (second !== undefined) {
    throw usageError(`reading ${source}: it holds several documents; submit one run at a time`);
  }
  return first?.toJS() as unknown;
}
