import { queueCrd } from './queueCrd.ts';
import { runCrd } from './runCrd.ts';

/** All CustomResourceDefinitions of Endwell, as objects to apply. */
export function allCrds(): object[] {
  return [runCrd(), queueCrd()];
}
