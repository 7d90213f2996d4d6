import type { Random } from '../../../ports/clock.ts';
import type { Pod } from '../pod.ts';

/** What one container does. Times are ms of the clock. */
export interface ContainerScript {
  /** Its image takes so long to come; default 0: it is there. */
  readonly pullMs?: number;
  /** From the start to running; default 0. */
  readonly startMs?: number;
  /** It runs so long; `hang`: until it is ended. Default 0. */
  readonly runMs?: number | 'hang';
  /** By attempt, the last one repeated; default 0. */
  readonly exitCodes?: readonly number[];
  /** It ends as the kernel's killer ends it, whatever `exitCodes` say. */
  readonly outOfMemory?: boolean;
  /** What it does on TERM; default: ends at once with 143. */
  readonly onTerm?: 'ignore' | { readonly afterMs: number; readonly exitCode: number };
  /** Its image can't be pulled, for this reason. */
  readonly imageError?: string;
  /** Its configuration is not there, for this reason. */
  readonly configError?: string;
  /** Its termination message. */
  readonly message?: string;
  /** What it writes, all at its start. */
  readonly log?: string;
}

/** What one pod does on its node. */
export interface PodScript {
  readonly containers?: Readonly<Record<string, ContainerScript>>;
  /** For containers that have no entry. */
  readonly others?: ContainerScript;
  /** The node puts the pod out, so long after it saw it. */
  readonly evict?: { readonly afterMs: number; readonly message: string };
}

/** Chooses what a pod does. Asked once for each pod. */
export type ScriptOf = (pod: Pod, random: Random) => PodScript;

/** A pod says by itself what it does: annotations `kubelite/run-seconds` (`hang` allowed) and `kubelite/exit-code`. */
export function scriptFromAnnotations(pod: Pod): PodScript {
  const seconds = pod.metadata.annotations?.['kubelite/run-seconds'] ?? '0';
  const exitCode = Number(pod.metadata.annotations?.['kubelite/exit-code'] ?? '0');
  return {
    others: { runMs: seconds === 'hang' ? 'hang' : Number(seconds) * 1000, exitCodes: [exitCode] },
  };
}
