import { isList, isObject, type Json, type JsonObject } from '../../kubernetes/json.ts';

/** A JSONPath that can't be read. */
export class JsonPathError extends Error {
  override readonly name = 'JsonPathError';
}

type Step = (values: readonly Json[]) => readonly Json[];

/**
 * Compiles a simple JSONPath: `.a.b`, `['a.b']`, `[0]`, `[*]`, `[?(@.type=="Ready")]`. The function returns all values
 * that it finds in an object. Throws `JsonPathError` on another form.
 */
export function compileJsonPath(text: string): (object: JsonObject) => readonly Json[] {
  if (!text.startsWith('.')) throw new JsonPathError('must be a simple json path starting with .');
  const steps: Step[] = [];
  let rest = text === '.' ? '' : text;
  while (rest !== '') {
    const [step, length] = readStep(rest);
    steps.push(step);
    rest = rest.slice(length);
  }
  return (object) => {
    let values: readonly Json[] = [object];
    for (const step of steps) values = step(values);
    return values;
  };
}

function readStep(rest: string): readonly [Step, number] {
  const field =
    /^\.((?:[^.[\]\\]|\\.)+)/.exec(rest) ??
    /^\['((?:[^'\\]|\\.)+)'\]/.exec(rest) ??
    /^\["([^"]+)"\]/.exec(rest);
  if (field !== null) return [fieldStep((field[1] ?? '').replaceAll(/\\(.)/g, '$1')), field[0].length];
  const index = /^\[(-?\d+)\]/.exec(rest);
  if (index !== null) return [indexStep(Number(index[1])), index[0].length];
  const all = /^(\[\*\]|\.\*)/.exec(rest);
  if (all !== null) return [(values) => values.flatMap(innerValues), all[0].length];
  const filter =
    /^\[\?\(@((?:\.[A-Za-z_][\w-]*)+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|(true|false|-?\d+(?:\.\d+)?))\)\]/.exec(
      rest,
    );
  if (filter === null) throw new JsonPathError(`can not be read from ${JSON.stringify(rest)}`);
  const [whole, path = '', operator, double, single, literal] = filter;
  const wanted: Json = double ?? single ?? (JSON.parse(literal ?? 'null') as Json);
  return [filterStep(compileJsonPath(path), wanted, operator === '=='), whole.length];
}

function fieldStep(name: string): Step {
  if (name === '*') return (values) => values.flatMap(innerValues);
  return (values) =>
    values.flatMap((value) => {
      const inner = isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
      return inner === undefined ? [] : [inner];
    });
}

function indexStep(index: number): Step {
  return (values) =>
    values.flatMap((value) => {
      const item = isList(value) ? value.at(index) : undefined;
      return item === undefined ? [] : [item];
    });
}

function filterStep(read: (object: JsonObject) => readonly Json[], wanted: Json, isEqual: boolean): Step {
  return (values) =>
    values.flatMap(innerValues).filter((value) => isObject(value) && (read(value)[0] === wanted) === isEqual);
}

function innerValues(value: Json): readonly Json[] {
  if (isList(value)) return value;
  return isObject(value) ? Object.values(value).filter((inner) => inner !== undefined) : [];
}
