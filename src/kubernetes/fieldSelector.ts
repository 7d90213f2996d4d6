import { SelectorError } from './selectorError.ts';

/** One term of a field selector. */
export interface FieldRequirement {
  /** Path as written: `status.phase`. */
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

/**
 * Reads `status.phase!=Running,spec.nodeName=a`; backslash escapes `,`, `=` and itself. An empty text has no terms.
 * Throws `SelectorError`. Which fields a kind can be selected by is for the caller to check.
 */
export function parseFieldSelector(text: string): readonly FieldRequirement[] {
  return splitUnescaped(text)
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^((?:\\.|[^\\=!])*?)(!=|==|=)(.*)$/s.exec(term);
      if (match === null) throw new SelectorError(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, field = '', operator, value = ''] = match;
      return { field, operator: operator === '!=' ? '!=' : '=', value: unescaped(value, text) };
    });
}

/** True when all terms hold; `read` gives a field's text, '' for one that isn't set. */
export function matchesFields(
  requirements: readonly FieldRequirement[],
  read: (field: string) => string,
): boolean {
  return requirements.every(({ field, operator, value }) => (read(field) === value) === (operator === '='));
}

function splitUnescaped(text: string): readonly string[] {
  return text.match(/(?:\\.|[^\\,]|\\$)+/gs) ?? [];
}

function unescaped(value: string, text: string): string {
  const bad = /\\(?![\\,=])|(?<!\\)=/.exec(value.replaceAll(/\\[\\,=]/g, ''));
  if (bad !== null)
    throw new SelectorError(
      `invalid field selector ${JSON.stringify(text)}: escape '=', ',' and '\\' in ${value}`,
    );
  return value.replaceAll(/\\([\\,=])/g, '$1');
}
