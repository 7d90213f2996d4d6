import { isObject, type Json, type JsonObject } from '../../kubernetes/json.ts';
import { mergePatch } from '../../kubernetes/mergePatch.ts';
import { podTemplateSchema } from '../../kubernetes/openapi/schema.ts';
import { PatchError } from '../../kubernetes/patchError.ts';
import { strategicMerge } from '../../kubernetes/strategicMerge.ts';
import { GROUP, LABEL } from '../naming/naming.ts';
import { isTerminal } from './phases.ts';
import type { Run } from './run.ts';
import { type ParsedRunSpec, parseRunSpec } from './spec.ts';

/** `retry`: the same once more after an end that is no success. `resubmit`: anything that has ended, also changed. */
export type AgainVerb = 'retry' | 'resubmit';

/** Why a run can't be run again in that way, as one sentence; undefined when it can. */
export interface AgainRefusal {
  readonly kind: 'notEnded' | 'succeeded' | 'omJob';
  readonly sentence: string;
}

/** Says whether a run may be run again. Each try of the operator's own belongs to the same run; this is about a new one. */
export function againRefusal(run: Run, verb: AgainVerb): AgainRefusal | undefined {
  const { metadata, status, kind } = run;
  const { name = '' } = metadata;
  if (kind === 'OMJob') return { kind: 'omJob', sentence: omJobSentence(run) };
  const phase = status?.phase ?? 'Queued';
  if (!isTerminal(phase)) {
    return {
      kind: 'notEnded',
      sentence: `run ${name} has not ended: it is ${phase}`,
    };
  }
  return verb === 'retry' && phase === 'Succeeded'
    ? {
        kind: 'succeeded',
        sentence: `run ${name} succeeded: there is nothing to retry`,
      }
    : undefined;
}

/** Its pods tell OpenMetadata of one run of its pipeline, by that run's id: a second OMJob would speak for the first. */
function omJobSentence({ metadata, spec }: Run): string {
  const again =
    spec.subject?.kind === 'pipeline'
      ? `run the pipeline once more: endwell pipeline run '${spec.subject.id}'`
      : 'create another OMJob with a run-id of its own';
  return `OMJob ${metadata.name ?? ''} stands for one run of its pipeline, whose id its pods carry; ${again}`;
}

/** What a new run takes from an old one beside its spec. */
export interface AgainMetadata {
  readonly generateName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The end that a name of ours got: 16 hex digits of a request, or 6 letters of chance. */
const MADE_END = /-(?:[0-9a-f]{16}|[bcdfghjklmnpqrstvwxz2456789]{6})$/;

/** Name, labels and annotations of the run that follows on `run`: the user's own, and a label that names `run`. */
export function againMetadata({ metadata }: Run): AgainMetadata {
  const { name = '', labels = {}, annotations = {} } = metadata;
  // A retry of a retry is not named after all of them.
  const base = labels[LABEL.retryOf] === undefined ? name : name.replace(MADE_END, '');
  return {
    generateName: `${base}-`,
    labels: { ...usersOwn(labels), [LABEL.retryOf]: name },
    annotations: usersOwn(annotations),
  };
}

function usersOwn(marks: Readonly<Record<string, string>>): Record<string, string> {
  const isOurs = (key: string) => key.startsWith(`${GROUP}/`) || key.startsWith('kubectl.kubernetes.io/');
  return Object.fromEntries(Object.entries(marks).filter(([key]) => !isOurs(key)));
}

/**
 * The spec of a run without its cancellation, with `change` laid over it: `main` and `exitHandler` by strategic merge, as
 * over a profile, all other fields as a JSON merge patch (null takes a field away, lists are replaced).
 */
export function againSpec({ spec }: Run, change: Readonly<Record<string, unknown>> = {}): ParsedRunSpec {
  const { cancel: _over, ...before } = spec;
  const { main, exitHandler, ...others } = change as JsonObject;
  try {
    const merged = mergePatch(before as unknown as JsonObject, others) as Record<string, Json | undefined>;
    for (const [field, overlay] of Object.entries({ main, exitHandler })) {
      if (overlay === null) delete merged[field];
      else if (overlay !== undefined) merged[field] = mergePod(field, merged[field], overlay);
    }
    return parseRunSpec(merged);
  } catch (error) {
    if (!(error instanceof PodChangeError)) throw error;
    return { problems: [{ field: error.field, message: error.message }] };
  }
}

class PodChangeError extends Error {
  readonly field: string;

  constructor(field: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.field = field;
  }
}

function mergePod(field: string, before: Json | undefined, overlay: Json): Json {
  if (!isObject(overlay)) throw new PodChangeError(`spec.${field}`, 'must be an object');
  try {
    const base = isObject(before) ? before : {};
    return strategicMerge(podTemplateSchema(), base, overlay, { directives: 'refuse' });
  } catch (error) {
    if (!(error instanceof PatchError)) throw error;
    throw new PodChangeError(`spec.${field}`, error.message, { cause: error });
  }
}
