import { isList, isObject, type Json, type JsonObject, sameJson } from '../../../kubernetes/json.ts';
import { propertySchema, type Schema } from '../../../kubernetes/openapi/schema.ts';
import { type FieldSet, isLeaf, itemStep } from './fieldSet.ts';

/** A field that two managers want different: how a person reads its path, and the set of it alone. */
export interface ChangedPath {
  /** `.spec.containers[name="main"].image` */
  readonly path: string;
  readonly set: FieldSet;
}

/** The fields of `among` whose values differ between the two objects. */
export function changedPaths(
  schema: Schema | undefined,
  current: Json | undefined,
  wanted: Json | undefined,
  among: FieldSet,
): ChangedPath[] {
  return Object.entries(among).flatMap(([step, inner]) => {
    if (step === '.' || step.startsWith('v:')) return [];
    const [before, after] = [valueAt(schema, current, step), valueAt(schema, wanted, step)];
    if (isLeaf(inner))
      return sameJson(before, after) ? [] : [{ path: shownStep(step), set: { [step]: inner } }];
    return changedPaths(innerSchema(schema, step), before, after, inner).map(({ path, set }) => ({
      path: shownStep(step) + path,
      set: { [step]: set },
    }));
  });
}

function innerSchema(schema: Schema | undefined, step: string): Schema | undefined {
  return step.startsWith('k:') ? schema?.items : schema && propertySchema(schema, step.slice(2));
}

function valueAt(schema: Schema | undefined, value: Json | undefined, step: string): Json | undefined {
  if (step.startsWith('f:')) return isObject(value) ? value[step.slice(2)] : undefined;
  return isList(value) ? value.find((item) => isObject(item) && itemStep(schema, item) === step) : undefined;
}

function shownStep(step: string): string {
  if (step.startsWith('f:')) return `.${step.slice(2)}`;
  const keys = Object.entries(JSON.parse(step.slice(2)) as JsonObject);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
