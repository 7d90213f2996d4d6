import { labelValue, qualifiedName } from './names.ts';
import { SelectorError } from './selectorError.ts';

/** The labels of an object; undefined when it has none. */
export type Labels = Readonly<Record<string, string>> | undefined;

/** True for labels that a selector selects. */
export type LabelPredicate = (labels: Labels) => boolean;

/** A selector as objects have it. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

type Operator = 'in' | 'notin' | 'exists' | '!' | '>' | '<';

interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

/** Reads the text form: `app=web,tier in (a,b),!old,size>3`. An empty text selects all. Throws `SelectorError`. */
export function parseLabelSelector(text: string): LabelPredicate {
  const tokens = [...text.matchAll(/\s*(==|!=|[=!,()<>]|[^\s=!,()<>]+)/g)].map((match) => match[1] ?? '');
  const requirements: Requirement[] = [];
  const reader = new TokenReader(text, tokens);
  while (!reader.isAtEnd()) {
    requirements.push(checked(readRequirement(reader), text));
    if (!reader.isAtEnd()) {
      reader.expect(',');
      if (reader.isAtEnd()) throw reader.error("found '', expected: identifier after ','");
    }
  }
  return matchAll(requirements);
}

/** Reads `matchLabels` and `matchExpressions`. Empty selects all. Throws `SelectorError`. */
export function labelSelector(selector: LabelSelector): LabelPredicate {
  const text = JSON.stringify(selector);
  const equal = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]): Requirement => ({ key, operator: 'in', values: [value] }),
  );
  const expressions = (selector.matchExpressions ?? []).map(({ key, operator, values }): Requirement => {
    const known = OPERATORS.get(operator);
    if (known === undefined) {
      throw new SelectorError(
        `reading label selector ${text}: ${JSON.stringify(operator)} is not a valid operator`,
      );
    }
    return { key, operator: known, values: values ?? [] };
  });
  return matchAll([...equal, ...expressions].map((requirement) => checked(requirement, text)));
}

const OPERATORS: ReadonlyMap<string, Operator> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

function matchAll(requirements: readonly Requirement[]): LabelPredicate {
  return (labels) => requirements.every((requirement) => isMet(requirement, labels ?? {}));
}

function isMet({ key, operator, values }: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'in':
      return value !== undefined && values.includes(value);
    case 'notin':
      return value === undefined || !values.includes(value);
    case 'exists':
      return value !== undefined;
    case '!':
      return value === undefined;
    case '>':
      return value !== undefined && isInteger(value) && BigInt(value) > BigInt(values[0] ?? 0);
    case '<':
      return value !== undefined && isInteger(value) && BigInt(value) < BigInt(values[0] ?? 0);
    default:
      return operator satisfies never;
  }
}

function readRequirement(reader: TokenReader): Requirement {
  if (reader.take('!')) return { key: reader.word('identifier'), operator: '!', values: [] };
  const key = reader.word('identifier');
  if (reader.isAtEnd() || reader.peek() === ',') return { key, operator: 'exists', values: [] };
  const operator = reader.next();
  switch (operator) {
    case '=':
    case '==':
      return { key, operator: 'in', values: [reader.optionalWord()] };
    case '!=':
      return { key, operator: 'notin', values: [reader.optionalWord()] };
    case 'in':
    case 'notin':
      return { key, operator, values: readValues(reader) };
    case '>':
    case '<':
      return { key, operator, values: [reader.word('identifier')] };
    default:
      throw reader.error(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`);
  }
}

function readValues(reader: TokenReader): readonly string[] {
  reader.expect('(');
  const values = [reader.optionalWord()];
  while (reader.take(',')) values.push(reader.optionalWord());
  reader.expect(')');
  return values;
}

function checked(requirement: Requirement, text: string): Requirement {
  const { key, operator, values } = requirement;
  const [wrongKey] = qualifiedName(key);
  if (wrongKey !== undefined)
    throw new SelectorError(`reading label selector ${text}: key ${JSON.stringify(key)}: ${wrongKey}`);
  if ((operator === 'in' || operator === 'notin') && values.length === 0) {
    throw new SelectorError(
      `reading label selector ${text}: for 'in', 'notin' operators, values set can't be empty`,
    );
  }
  if ((operator === 'exists' || operator === '!') && values.length > 0) {
    throw new SelectorError(
      `reading label selector ${text}: values set must be empty for exists and does not exist`,
    );
  }
  for (const value of values) {
    if ((operator === '>' || operator === '<') && !isInteger(value)) {
      throw new SelectorError(
        `reading label selector ${text}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
    }
    const [wrongValue] = labelValue(value);
    if (wrongValue !== undefined) {
      throw new SelectorError(
        `reading label selector ${text}: value ${JSON.stringify(value)}: ${wrongValue}`,
      );
    }
  }
  return requirement;
}

function isInteger(text: string): boolean {
  return /^-?\d{1,19}$/.test(text);
}

class TokenReader {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string, tokens: readonly string[]) {
    this.#text = text;
    this.#tokens = tokens;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#tokens.length;
  }

  peek(): string {
    return this.#tokens[this.#at] ?? '';
  }

  next(): string {
    this.#at += 1;
    return this.#tokens[this.#at - 1] ?? '';
  }

  take(token: string): boolean {
    if (this.peek() !== token) return false;
    this.#at += 1;
    return true;
  }

  expect(token: string): void {
    if (!this.take(token)) throw this.error(`found '${this.peek()}', expected: '${token}'`);
  }

  word(what: string): string {
    if (!isWord(this.peek())) throw this.error(`found '${this.peek()}', expected: ${what}`);
    return this.next();
  }

  /** The empty value of `key=` or `in (a,)`. */
  optionalWord(): string {
    return isWord(this.peek()) ? this.next() : '';
  }

  error(detail: string): SelectorError {
    return new SelectorError(
      `unable to parse requirement: ${detail} (in label selector ${JSON.stringify(this.#text)})`,
    );
  }
}

function isWord(token: string): boolean {
  return token !== '' && !/^[=!,()<>]/.test(token);
}
