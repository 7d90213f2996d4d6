import { mainContainerName } from '../../../core/pod/podFacts.ts';
import type { Run } from '../../../core/run/run.ts';
import { usageError } from '../../cliError.ts';
import { envOf, pairOf, type SpecFlags, specOfFlags } from './specFlags.ts';

/** Flags of `run resubmit` that change what the old run had. */
export interface ChangeFlags extends SpecFlags {
  readonly name?: string;
  readonly image?: string;
  readonly env: readonly string[];
  readonly label: readonly string[];
}

/** Body of `POST /runs/{name}/resubmit`. */
export interface RunChange {
  readonly metadata: { name?: string; labels?: Record<string, string> };
  readonly spec?: Record<string, unknown>;
}

/** Whether flags or command change the main container, for which its name must be known. */
export function changesContainer({ image, env }: ChangeFlags, command: readonly string[]): boolean {
  return image !== undefined || env.length > 0 || command.length > 0;
}

/**
 * What flags and command ask to be otherwise. A command replaces the old one and its args; an environment adds to the old.
 * Refuses (exit code 2) to change the container of a run that names none itself.
 *
 * @param old the run as it is stored; only needed where the main container changes
 */
export function changeOf(flags: ChangeFlags, command: readonly string[], old: Run | undefined): RunChange {
  const { name, label } = flags;
  const labels = Object.fromEntries(label.map((pair) => pairOf('--label', pair)));
  const spec = {
    ...specOfFlags(flags),
    ...(changesContainer(flags, command) ? { main: mainOf(flags, command, old) } : {}),
  };
  return {
    metadata: {
      ...(name === undefined ? {} : { name }),
      ...(label.length === 0 ? {} : { labels }),
    },
    ...(Object.keys(spec).length === 0 ? {} : { spec }),
  };
}

function mainOf({ image, env }: ChangeFlags, command: readonly string[], old: Run | undefined): object {
  const name = mainContainerName(old?.spec.main.spec);
  if (name === undefined) {
    throw usageError(
      `run ${old?.metadata.name ?? ''} names no main container of its own, so that --image, --env and a command can't be laid over it; submit a new run`,
    );
  }
  const container = {
    name,
    ...(image === undefined ? {} : { image }),
    ...(env.length === 0 ? {} : { env: envOf(env) }),
    ...(command.length === 0 ? {} : { command, args: null }),
  };
  return { spec: { containers: [container] } };
}
