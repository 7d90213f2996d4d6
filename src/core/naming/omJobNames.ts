import { createHash } from 'node:crypto';

/** Labels by which OpenMetadata's tools and its exit handler find the pods of an OMJob. */
export const OMJOB_LABEL = {
  /** Name of the OMJob, fitted ({@link omJobLabelValue}). */
  name: 'omjob.pipelines.openmetadata.org/name',
  /** `main` or `exit-handler`. */
  podType: 'omjob.pipelines.openmetadata.org/pod-type',
} as const;

/** Longest name that `-main` and `-exit` are put to without a hash: 63 characters in all. */
const MAX_POD_BASE = 58;

/** Longest value of a label. */
const MAX_LABEL_VALUE = 63;

/** Hex digits of MD5 that stand for what was cut from a pod's name, and from a label: as many as OpenMetadata's operator uses. */
const POD_HASH_DIGITS = 6;
const LABEL_HASH_DIGITS = 7;

/** Of a label that is cut this much stays readable. */
const LABEL_PREFIX = 55;

/**
 * Name of the main pod of an attempt of an OMJob: `<omjob>-main`, `<omjob>-main-2`. A name over 58 characters is fitted
 * with a hash, as OpenMetadata's operator does: so its pods are found, and no second one is made beside them.
 */
export function omJobMainPodName(omJob: string, attempt: number): string {
  return podName(omJob, 'main', attempt);
}

/** Name of the pod of an attempt of an OMJob's exit handler: `<omjob>-exit`, `<omjob>-exit-2`. */
export function omJobExitPodName(omJob: string, attempt: number): string {
  return podName(omJob, 'exit', attempt);
}

/** The name of an OMJob as the value of a label: as it is, or its beginning and a hash. */
export function omJobLabelValue(omJob: string): string {
  if (omJob.length <= MAX_LABEL_VALUE) return omJob;
  return `${withoutTrailingMarks(omJob.slice(0, LABEL_PREFIX))}-${md5Hex(omJob).slice(0, LABEL_HASH_DIGITS)}`;
}

/** Later attempts have a number, which takes its place from the name's: the first one is what others look for. */
function podName(omJob: string, stage: 'main' | 'exit', attempt: number): string {
  const suffix = attempt === 1 ? `-${stage}` : `-${stage}-${attempt}`;
  const room = MAX_POD_BASE - (suffix.length - '-main'.length);
  return `${fitted(omJob, room)}${suffix}`;
}

function fitted(name: string, room: number): string {
  if (name.length <= room) return name;
  const hash = md5Hex(name).slice(0, POD_HASH_DIGITS);
  return `${withoutTrailingMarks(name.slice(0, room - hash.length - 1))}-${hash}`;
}

function withoutTrailingMarks(text: string): string {
  return text.replace(/[-._]+$/, '');
}

/** No secret and no signature: it tells names apart, in the digits that OpenMetadata's operator would use. */
function md5Hex(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
