import { faultText } from './faults.ts';
import { PROMISES } from './promises.ts';
import type { Outcome } from './simulate.ts';

/** What a person needs to know of a seed that failed; undefined when every promise was kept. */
export function failureText({ plan, violation, tail }: Outcome, size: string): string | undefined {
  if (violation === undefined) return undefined;
  const again = `npm run simulate -- --seed ${plan.seed}${size === 'big' ? ' --big' : ''}`;
  return [
    `seed ${plan.seed} broke a promise: ${PROMISES[violation.promise]} (${violation.promise})`,
    `  ${violation.detail}`,
    `last of what happened (seconds of virtual time):`,
    ...tail.map((line) => `  ${line}`),
    `${plan.faults.length} faults:`,
    ...plan.faults.map((fault) => `  ${faultText(fault)}`),
    `again: ${again}    with as few faults as it takes: ${again} --shrink`,
  ].join('\n');
}
