import type { PodTemplateSpec } from 'kubernetes-types/core/v1.d.ts';
import { isObject, type JsonObject } from '../../kubernetes/json.ts';
import { dnsSubdomain } from '../../kubernetes/names.ts';
import { podTemplateSchema } from '../../kubernetes/openapi/schema.ts';
import { PatchError } from '../../kubernetes/patchError.ts';
import { strategicMerge } from '../../kubernetes/strategicMerge.ts';
import { inputConflict } from '../manifest/input.ts';
import { MAX_RUN_NAME } from '../naming/naming.ts';
import { OMJOB_LAYER, OMJOB_PROFILE } from '../omjob/layer.ts';
import { mainContainerName } from '../pod/podFacts.ts';
import type { PodTemplateOverlay, Run, RunTemplate } from '../run/run.ts';
import { parseRunSpec } from '../run/spec.ts';
import { BUILT_IN_PROFILES, builtInLayers, DEFAULT_PROFILE } from './builtInProfiles.ts';
import type { ContainerOverlay, Layer } from './layer.ts';
import { lowerRequests } from './lowerRequests.ts';
import { mergedPolicy, policyProblems } from './mergePolicy.ts';
import { overlayTypeProblem } from './overlayTypes.ts';
import { templateProblem } from './templateProblem.ts';

/** The resolved pods of a run, or one sentence that names the field and what is allowed. */
export type ResolvedTemplate =
  | { readonly template: RunTemplate; readonly invalid?: undefined }
  | { readonly template?: undefined; readonly invalid: string };

/** A refusal on the way; never leaves this file. */
class Invalid extends Error {}

type StageField = 'main' | 'exitHandler';

/**
 * Lays the run over its profile, once, when it is accepted.
 *
 * @param layers what lies below the run, lowest first; left out: the built-in layers of its profile
 */
export function resolveTemplate(run: Run, layers?: readonly Layer[]): ResolvedTemplate {
  try {
    return { template: resolve(run, layers) };
  } catch (error) {
    if (error instanceof Invalid) {
      return { invalid: error.message };
    }
    throw error;
  }
}

function resolve(run: Run, below: readonly Layer[] | undefined): RunTemplate {
  refuseBadName(run);
  refuseBadSpec(run);
  const profile = run.kind === 'OMJob' ? OMJOB_PROFILE : (run.spec.profile ?? DEFAULT_PROFILE);
  const layers = [...(below ?? layersBelow(run, profile)), runLayer(run)];
  const hasHandler = layers.some((layer) => layer.exitHandler?.spec?.containers !== undefined);
  if (run.spec.exitHandler !== undefined && !hasHandler) {
    throw new Invalid(
      'spec.exitHandler.spec.containers is required: a list with the container of the exit handler',
    );
  }
  const main = resolvePod('main', layers);
  const exitHandler = hasHandler ? resolvePod('exitHandler', layers) : undefined;
  if (run.spec.input !== undefined) {
    refuseInputConflict('main', main);
    refuseInputConflict('exitHandler', exitHandler);
  }
  const policy = mergedPolicy(layers);
  const [problem] = policyProblems(run.spec, policy);
  if (problem !== undefined) {
    throw new Invalid(`${problem.field} ${problem.message}`);
  }
  return { profile, main, ...(exitHandler === undefined ? {} : { exitHandler }), ...policy };
}

function refuseBadName(run: Run): void {
  const name = run.metadata.name ?? '';
  if (run.kind === 'Run' && name.length > MAX_RUN_NAME) {
    throw new Invalid(
      `metadata.name is ${name.length} characters long, ${MAX_RUN_NAME} at most: names of pods are made from it and never cut`,
    );
  }
  const [problem] = name === '' ? [] : dnsSubdomain(name);
  if (problem !== undefined)
    throw new Invalid(`metadata.name: ${JSON.stringify(name)} is not allowed: ${problem}`);
}

function refuseBadSpec(run: Run): void {
  const { problems } = parseRunSpec(run.spec);
  if (problems !== undefined) {
    throw new Invalid(problems.map(({ field, message }) => `${field} ${message}`).join('; '));
  }
}

function refuseInputConflict(field: StageField, pod: PodTemplateSpec | undefined): void {
  const conflict = inputConflict(pod?.spec);
  if (conflict !== undefined) {
    throw new Invalid(`spec.${field}.${conflict}`);
  }
}

/** An OMJob has no profile: it says all of its pods itself. */
function layersBelow(run: Run, profile: string): readonly Layer[] {
  return run.kind === 'OMJob' ? [OMJOB_LAYER] : profileLayers(profile);
}

function profileLayers(profile: string): readonly Layer[] {
  const layers = builtInLayers(profile);
  if (layers === undefined) {
    throw new Invalid(
      `spec.profile: there is no profile ${profile}; there are ${BUILT_IN_PROFILES.join(', ')}`,
    );
  }
  return layers;
}

/** What a layer has of a spec goes over as it is: absent fields stay absent. */
function runLayer(run: Run): Layer {
  const { limits, retry, exitRetry, keepPodSeconds, ttlSeconds, logs } = run.spec;
  const main = asked(run, run.spec.main);
  const exitHandler = run.spec.exitHandler && asked(run, run.spec.exitHandler);
  const said = { exitHandler, limits, retry, exitRetry, keepPodSeconds, ttlSeconds, logs };
  return {
    origin: 'run',
    main,
    ...(Object.fromEntries(
      Object.entries(said).filter(([, value]) => value !== undefined),
    ) as Partial<Layer>),
  };
}

/** OpenMetadata's operator never heeded an OMJob's restartPolicy: it is told of by an Event, and no reason to refuse the job. */
function asked(run: Run, overlay: PodTemplateOverlay): PodTemplateOverlay {
  if (run.kind === 'Run' || overlay.spec?.restartPolicy === undefined) return overlay;
  const { restartPolicy: _ignored, ...spec } = overlay.spec;
  return { ...overlay, spec };
}

/** First the overlays alone, which say what the main container is called; then what the layers set on it, below them. */
function resolvePod(field: StageField, layers: readonly Layer[]): PodTemplateSpec {
  const overlays = layers.map((layer) => layer[field]);
  const asked = merge(field, overlays);
  const name = mainContainerName(asked.spec);
  if (name === undefined) {
    throw new Invalid(noMainContainer(field, asked));
  }
  const of = (layer: Layer) => (field === 'main' ? layer.mainContainer : layer.exitContainer);
  const merged = layers.reduce<PodTemplateSpec>((below, layer) => {
    const said = [containerOverlay(name, of(layer)), layer[field]].filter((one) => one !== undefined);
    return lowerRequests(merge(field, said, below), said);
  }, {});
  const problem = templateProblem(merged, `spec.${field}`);
  if (problem !== undefined) {
    throw new Invalid(problem);
  }
  return inOrderOf(asked, merged);
}

function merge(
  field: StageField,
  overlays: readonly (PodTemplateOverlay | undefined)[],
  below: PodTemplateSpec = {},
): PodTemplateSpec {
  const schema = podTemplateSchema();
  const objects = overlays.filter((overlay) => overlay !== undefined).map((overlay) => overlay as JsonObject);
  const problem = objects.map((one) => overlayTypeProblem(schema, one, `spec.${field}`)).find(Boolean);
  if (problem !== undefined) {
    throw new Invalid(problem);
  }
  try {
    return objects.reduce(
      (base, patch) => strategicMerge(schema, base, patch, { directives: 'refuse' }),
      below as JsonObject,
    );
  } catch (error) {
    if (error instanceof PatchError) {
      throw new Invalid(`spec.${field}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function containerOverlay(
  name: string,
  container: ContainerOverlay | undefined,
): PodTemplateOverlay | undefined {
  return container === undefined ? undefined : { spec: { containers: [{ ...container, name }] } };
}

/** The containers stand in the order in which the run lists them. */
function inOrderOf(asked: PodTemplateSpec, merged: PodTemplateSpec): PodTemplateSpec {
  const order = (asked.spec?.containers ?? []).map((container) => container.name);
  const containers = [...(merged.spec?.containers ?? [])].sort(
    (a, b) => order.indexOf(a.name) - order.indexOf(b.name),
  );
  return { ...merged, spec: { ...merged.spec, containers } };
}

function noMainContainer(field: StageField, asked: PodTemplateSpec): string {
  const containers: unknown = asked.spec?.containers;
  const count = Array.isArray(containers) ? containers.filter((one) => isObject(one)).length : 0;
  return count === 0
    ? `spec.${field}.spec.containers is required: a list with at least one container`
    : `spec.${field}.spec.containers has ${count} containers and none of them is named main: the main container is the one named main, else the only one`;
}
