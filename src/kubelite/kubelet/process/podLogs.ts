import type { Clock } from '../../../ports/clock.ts';
import { badRequest, notFound } from '../../status.ts';
import type { PodLogRequest, PodLogSource, Registry, ResourceInfo } from '../../types.ts';
import { allContainers, type Pod, podOf } from '../pod.ts';
import { readLog } from './logReader.ts';
import { podFolder } from './podFolder.ts';
import { hasLog, type RunFolder } from './runFolder.ts';

/** What logs are found by. */
export interface LogFinder {
  readonly registry: Registry;
  readonly pods: ResourceInfo;
  readonly dataDir: string;
  readonly clock: Clock;
  /** Resolves at the end of a run; undefined when it doesn't run. */
  runEnd(podUid: string, run: RunFolder): Promise<void> | undefined;
}

/** The logs of this kubelet's pods. Refuses in Kubernetes' words where there is no such container or log. */
export function podLogs(finder: LogFinder): PodLogSource {
  return {
    async openLog(request) {
      const stored = finder.registry.get(finder.pods, request.namespace, request.pod);
      if (!stored) throw notFound(finder.pods, request.pod);
      const pod = podOf(stored);
      if (!allContainers(pod).some((one) => one.name === request.container)) {
        throw badRequest(`container ${request.container} is not valid for pod ${request.pod}`);
      }
      const run = findRun(finder, pod, request);
      return readLog(
        { folder: run.path, ended: finder.runEnd(pod.metadata.uid, run) },
        request,
        finder.clock,
      );
    },
  };
}

function findRun(finder: LogFinder, pod: Pod, request: PodLogRequest): RunFolder {
  const { container, previous } = request;
  const runs = podFolder(finder.dataDir, pod.metadata.uid).runs(container).filter(hasLog);
  const latest = runs.at(-1);
  if (!previous) {
    if (latest) return latest;
    throw badRequest(
      `container "${container}" in pod "${request.pod}" is waiting to start: ${whyWaiting(pod, container)}`,
    );
  }
  const before = waits(pod, container) ? latest : runs.at(-2);
  if (before) return before;
  throw badRequest(`previous terminated container "${container}" in pod "${request.pod}" not found`);
}

function statusOfContainer(pod: Pod, container: string) {
  const all = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return all.find((one) => one.name === container);
}

/** A container in back-off: what ended last is its previous attempt. */
function waits(pod: Pod, container: string): boolean {
  return statusOfContainer(pod, container)?.state?.waiting !== undefined;
}

function whyWaiting(pod: Pod, container: string): string {
  const reason = statusOfContainer(pod, container)?.state?.waiting?.reason;
  if (reason === 'ErrImagePull') return "image can't be pulled";
  if (reason === 'ImagePullBackOff') return 'trying and failing to pull image';
  return reason ?? 'ContainerCreating';
}
