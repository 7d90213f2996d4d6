import type { TransportRequest } from '../../src/kube/transport/transport.ts';
import { crashEffect, type Effects } from './effects.ts';
import type { Fault, RequestFault } from './faults.ts';
import { type Step, stepOf } from './steps.ts';

/** The faults that wait for a step in the life of any run. */
export class StepFaults {
  readonly #waiting = new Map<string, RequestFault>();
  readonly #counts = new Map<Step, number>();
  readonly #effects: Effects;

  constructor(faults: readonly Fault[], effects: Effects) {
    this.#effects = effects;
    for (const fault of faults) {
      if (fault.on === 'step') this.#waiting.set(`${fault.step} ${fault.nth}`, fault.fault);
    }
  }

  /** The fault that this request meets; counts it. */
  of(request: TransportRequest): RequestFault | undefined {
    if (this.#waiting.size === 0) return undefined;
    const step = stepOf(request);
    if (step === undefined) return undefined;
    const nth = this.#counts.get(step) ?? 0;
    this.#counts.set(step, nth + 1);
    const key = `${step} ${nth}`;
    const fault = this.#waiting.get(key);
    this.#waiting.delete(key);
    if (fault?.kind === 'crash') this.#effects.add(crashEffect(step, fault.applied));
    return fault;
  }
}
