import type { KubeObject } from '../kube/types.ts';

/**
 * Whether `a` is a later version of the same object than `b`. resourceVersions are compared as the decimal numbers that
 * the API server makes them (https://kep.k8s.io/5504 says so for all servers); what is no number counts as not newer, so that
 * the watch has the last word.
 */
export function isNewer(a: KubeObject, b: KubeObject): boolean {
  const [left, right] = [a.metadata?.resourceVersion ?? '', b.metadata?.resourceVersion ?? ''];
  if (!/^[1-9]\d*$/.test(left) || !/^[1-9]\d*$/.test(right)) return false;
  return left.length === right.length ? left > right : left.length > right.length;
}
