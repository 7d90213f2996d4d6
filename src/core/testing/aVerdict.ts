import type { Verdict } from '../run/run.ts';
import { at } from './fixedClock.ts';

/** The verdict on a main pod that ran longer than runSeconds, passed so many seconds after NOW. */
export function ranTooLong(seconds: number): Verdict {
  return {
    reason: 'RunTimeout',
    by: 'endwell',
    message: 'too long',
    rule: 'limits.runSeconds',
    at: at(seconds),
  };
}
