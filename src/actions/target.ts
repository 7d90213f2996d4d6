import type { KubeObject, ObjectRef } from '../kube/types.ts';

/** One object as an effect means it: the name alone could be another object's by now. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** What bounds an effect: it ends with the signal's reason as soon as that is aborted. */
export interface EffectOptions {
  readonly signal?: AbortSignal;
}

/** The target that an object read from the API is. */
export function targetOf(object: KubeObject): Target {
  const { namespace = '', name = '', uid = '' } = object.metadata ?? {};
  return { namespace, name, uid };
}

/** How requests name the target. */
export function refOf(target: { readonly namespace: string; readonly name: string }): ObjectRef {
  return { namespace: target.namespace, name: target.name };
}

/** The options of a request that an effect makes. */
export function withSignal(options: EffectOptions): { signal?: AbortSignal } {
  return options.signal ? { signal: options.signal } : {};
}
