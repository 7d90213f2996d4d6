import type { PlannedPod } from '../core/manifest/plannedPods.ts';
import { BadRequestError, InvalidError, KubeError } from '../kube/errors.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import { type EffectOptions, withSignal } from './target.ts';

/**
 * What the API server thinks of pods. `invalid`: they can never be created as they are; each problem names the field of
 * the run. `unknown`: it would not say now (quota, webhook, overload, no right), which refuses nothing.
 */
export type DryRunAnswer =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly problems: readonly string[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** Lets the API server judge pods without storing them: unknown fields, wrong types, its own validation. */
export async function dryRunPods(
  client: KubeClient,
  planned: readonly PlannedPod[],
  options: EffectOptions = {},
): Promise<DryRunAnswer> {
  const answers = await Promise.all(planned.map((one) => dryRunPod(client, one, options)));
  const problems = answers.flatMap((answer) => (answer.kind === 'invalid' ? answer.problems : []));
  if (problems.length > 0) return { kind: 'invalid', problems };
  return answers.find((answer) => answer.kind === 'unknown') ?? { kind: 'valid' };
}

async function dryRunPod(
  client: KubeClient,
  planned: PlannedPod,
  options: EffectOptions,
): Promise<DryRunAnswer> {
  try {
    await client.create(pods, planned.pod, {
      ...withSignal(options),
      dryRun: true,
      fieldValidation: 'Strict',
    });
    return { kind: 'valid' };
  } catch (error) {
    if (!(error instanceof KubeError) || options.signal?.aborted) throw error;
    return judge(planned, error);
  }
}

/** Only what names the pod's own fields is final. A webhook may answer 400 or 422 too, and can be mended. */
function judge(planned: PlannedPod, error: KubeError): DryRunAnswer {
  const final = error instanceof InvalidError || error instanceof BadRequestError;
  if (!final || /admission webhook|ValidatingAdmissionPolicy/i.test(error.message)) {
    return { kind: 'unknown', why: error.message };
  }
  const named = error.causes.filter((cause) => cause.field !== '');
  return {
    kind: 'invalid',
    problems:
      named.length > 0
        ? named.map((cause) => `${planned.field}.${cause.field}: ${cause.message}`)
        : [`${planned.field}: ${strictFields(error.message)}`],
  };
}

/** `… strict decoding error: unknown field "spec.x"` -> what stands behind the decoder's own words. */
function strictFields(message: string): string {
  const at = message.indexOf('strict decoding error: ');
  return at < 0 ? message : message.slice(at + 'strict decoding error: '.length);
}
