import type { Layer } from '../profile/layer.ts';
import {
  DEFAULT_EXIT_RETRY,
  DEFAULT_RETRY,
  EXIT_SECONDS,
  NODE_LOST_SECONDS,
  START_SECONDS,
} from '../run/defaults.ts';

/** What stands for the profile of an OMJob, which has none: it says all of its pods itself. */
export const OMJOB_PROFILE = 'omjob';

/** What an OMJob gets that it does not say itself: its waits end, and a pod that was taken away from it is made again. */
export const OMJOB_LAYER: Layer = {
  origin: 'built-in',
  limits: { startSeconds: START_SECONDS, nodeLostSeconds: NODE_LOST_SECONDS, exitSeconds: EXIT_SECONDS },
  retry: DEFAULT_RETRY,
  exitRetry: DEFAULT_EXIT_RETRY,
};
