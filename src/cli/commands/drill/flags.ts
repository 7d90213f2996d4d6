import { usageError } from '../../cliError.ts';
import type { GlobalOptions } from '../../context.ts';
import { FEWEST_RUNS } from './canaries.ts';

/** Options of `drill`. */
export interface DrillFlags extends GlobalOptions {
  readonly namespace?: string;
  readonly image?: string;
  readonly runs?: string;
  readonly seconds?: string;
  /** False by --no-operator-restart. */
  readonly operatorRestart?: boolean;
  readonly yes?: boolean;
  readonly output?: 'json' | 'yaml';
}

/** What the flags come to. */
export interface DrillSettings {
  readonly namespace: string;
  readonly image: string;
  readonly runs: number;
  readonly seconds: number;
}

/** Small, has /bin/sh, and is on most nodes or near them. */
export const DEFAULT_IMAGE = 'busybox:1.37';
/** Made and removed by the drill. */
export const DEFAULT_NAMESPACE = 'endwell-drill';
/** One of each life, and some more for the times. */
export const DEFAULT_RUNS = 24;
/** Ten times what a drill takes where images are at hand. */
export const DEFAULT_SECONDS = 300;
/** A drill, not a load test. */
const MOST_RUNS = 200;
const FEWEST_SECONDS = 30;
const MOST_SECONDS = 3600;

/** Reads the flags. Refuses (exit code 2) numbers out of bounds and a name that no namespace can have. */
export function readSettings(flags: DrillFlags): DrillSettings {
  const { namespace = DEFAULT_NAMESPACE, image = DEFAULT_IMAGE } = flags;
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))
    throw usageError(`--namespace ${namespace}: it must be lower case letters, digits and "-", 63 at most`);
  if (!/^\S+$/.test(image)) throw usageError('--image: it must be the name of an image that has /bin/sh');
  return {
    namespace,
    image,
    runs: bounded('--runs', flags.runs, DEFAULT_RUNS, FEWEST_RUNS, MOST_RUNS),
    seconds: bounded('--seconds', flags.seconds, DEFAULT_SECONDS, FEWEST_SECONDS, MOST_SECONDS),
  };
}

function bounded(flag: string, text: string | undefined, usual: number, least: number, most: number): number {
  if (text === undefined) return usual;
  const number = Number(text);
  if (/^\d{1,9}$/.test(text) && number >= least && number <= most) return number;
  throw usageError(`${flag} ${text}: it must be a whole number from ${least} to ${most}`);
}
