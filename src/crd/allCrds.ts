import { cronOMJobCrd } from './cronOMJobCrd.ts';
import { omJobCrd } from './omJobCrd.ts';
import { queueCrd } from './queueCrd.ts';
import { runCrd } from './runCrd.ts';
import { scheduleCrd } from './scheduleCrd.ts';

/** All CustomResourceDefinitions of Endwell, those of OpenMetadata's group too, as objects to apply. */
export function allCrds(): object[] {
  return [runCrd(), queueCrd(), scheduleCrd(), omJobCrd(), cronOMJobCrd()];
}
