import { OMJOB_GROUP, type OMJobPod, type OMJobSpec } from '../../src/core/omjob/omJob.ts';
import type { PodTemplateOverlay, Run, RunSpec } from '../../src/core/run/run.ts';
import type { Registry, ResourceInfo } from '../../src/kubelite/types.ts';
import type { PlannedRun } from './plan.ts';

/** The planned run as an OMJob: what that can't say is left out, and has its default. */
export function asOMJob(run: PlannedRun): PlannedRun {
  const { main, exitHandler, limits, ttlSeconds } = run.spec;
  const totalSeconds = limits?.totalSeconds ?? limits?.runSeconds;
  const ttl = ttlSeconds?.succeeded ?? 0;
  return {
    ...run,
    kind: 'OMJob',
    spec: {
      main,
      ...(exitHandler === undefined ? {} : { exitHandler }),
      ...(totalSeconds === undefined ? {} : { limits: { totalSeconds } }),
      ...(ttl === 0 ? {} : { ttlSeconds: { succeeded: ttl, failed: ttl } }),
    },
  };
}

/** The spec of the OMJob that such a run is. */
export function omJobSpecOf({ main, exitHandler, limits, ttlSeconds }: RunSpec): OMJobSpec {
  return {
    mainPodSpec: podOf(main),
    ...(exitHandler === undefined ? {} : { exitHandlerSpec: podOf(exitHandler) }),
    ...(limits?.totalSeconds === undefined ? {} : { activeDeadlineSeconds: limits.totalSeconds }),
    ...(ttlSeconds?.succeeded === undefined ? {} : { ttlSecondsAfterFinished: ttlSeconds.succeeded }),
  };
}

function podOf({ spec }: PodTemplateOverlay): OMJobPod {
  const { image = '', command = [] } = spec?.containers?.[0] ?? {};
  return { image, command, terminationGracePeriodSeconds: spec?.terminationGracePeriodSeconds ?? 0 };
}

/** Where runs of that kind are stored. */
export function runResource(registry: Registry, kind: Run['kind'] = 'Run'): ResourceInfo {
  const [group, plural] = kind === 'OMJob' ? [OMJOB_GROUP, 'omjobs'] : ['endwell.dev', 'runs'];
  const found = registry.resource(group, plural);
  if (found === undefined) throw new Error(`simulating: the API does not serve ${plural}`);
  return found;
}
