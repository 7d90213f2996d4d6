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
  return newerStatus(run) ?? newerSpec(run);
}

function newerStatus(run: Run): string | undefined {
  const status: { readonly phase?: unknown; readonly format?: unknown } = run.status ?? {};
  if (typeof status.format === 'number' && status.format > FORMAT) {
    return `its status has format ${status.format}, and this version knows ${FORMAT}`;
  }
  if (status.phase !== undefined && !isPhase(status.phase)) {
    return `its phase is ${JSON.stringify(status.phase)}, which this version does not know`;
  }
  return undefined;
}

function newerSpec({ spec }: Run): string | undefined {
  const parts = unknownParts(spec);
  return parts.length === 0 ? undefined : `this version does not know ${parts.join(', ')}`;
}

/** What `newerPart` said of a run. */
export interface NewerWord {
  /** Of the spec that was looked at. */
  readonly generation: number | undefined;
  /** What was said of that alone. */
  readonly ofSpec: string | undefined;
  readonly why: string | undefined;
}

/**
 * `newerPart` for whoever looks at a run with each of its writes, with what was said of it before: a spec, which is the long part,
 * is looked at once for each generation.
 */
export function newerWord(run: Run, known: NewerWord | undefined): NewerWord {
  const { generation } = run.metadata;
  const ofSpec = known !== undefined && known.generation === generation ? known.ofSpec : newerSpec(run);
  return { generation, ofSpec, why: newerStatus(run) ?? ofSpec };
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
