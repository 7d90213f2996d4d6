/** A part of an object as its author gave it: of the right types, but any field may be missing. */
export type Given<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? { readonly [Field in keyof T]?: Given<T[Field]> }
    : T;
