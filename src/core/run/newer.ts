import { isPhase } from './phases.ts';
import type { Run } from './run.ts';
import { runSpecSchema } from './spec.ts';

/**
 * The format of the status that this version writes and understands; a status without one has format 1. A version that gives
 * what stands in a status another meaning raises it and writes it (`status.format`), in the writes that it makes anyway.
 */
const FORMAT = 1;

/**
 * Why a run is one that only a newer version understands: it wrote the status, or serves a spec that we don't know. undefined:
 * we understand it. Such a run is left alone, for to go on without half of what it says could break what was promised.
 *
 * The API server drops and refuses what the installed CRD does not have: so what stands in a spec and is unknown here comes from a newer CRD.
 */
export function newerPart(run: Run): string | undefined {
  const status: { readonly phase?: unknown; readonly format?: unknown } = run.status ?? {};
  if (typeof status.format === 'number' && status.format > FORMAT) {
    return `its status has format ${status.format}, and this version knows ${FORMAT}`;
  }
  if (status.phase !== undefined && !isPhase(status.phase)) {
    return `its phase is ${JSON.stringify(status.phase)}, which this version does not know`;
  }
  const parts = unknownParts(run.spec);
  return parts.length === 0 ? undefined : `this version does not know ${parts.join(', ')}`;
}

/** What `newerPart` said of a run. */
export interface NewerWord {
  /** All of the run that it looks at. */
  readonly of: string;
  readonly why: string | undefined;
}

/**
 * `newerPart` for whoever looks at a run with each of its writes: `known` itself as long as there is nothing new to look at. A
 * spec changes with the generation only.
 */
export function newerWord(run: Run, known: NewerWord | undefined): NewerWord {
  const { phase, format }: { readonly phase?: unknown; readonly format?: unknown } = run.status ?? {};
  const of = JSON.stringify([run.metadata.generation, phase, format]);
  return known?.of === of ? known : { of, why: newerPart(run) };
}

/** Fields that are none of ours, and values of a closed set that are not in it. */
function unknownParts(spec: unknown): string[] {
  const issues = runSpecSchema.safeParse(spec).error?.issues ?? [];
  return issues.flatMap((issue) => {
    const path = ['spec', ...issue.path].join('.');
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => `${path}.${key}`);
    return issue.code === 'invalid_value' ? [`the value of ${path}`] : [];
  });
}
