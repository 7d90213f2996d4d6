import { badRequest, notFound } from '../../status.ts';
import type { PodLogRequest, PodLogSource, Registry } from '../../types.ts';
import { type Pod, podOf } from '../pod.ts';
import type { ScriptedLog, ScriptedRuntime } from './scriptedRuntime.ts';

/**
 * Logs are what scripts say, all of it written at the container's start; `tailLines` is not heeded.
 * `runtimeOf` says where a pod runs, and throws `ApiStatusError` when that place can't be reached.
 */
export function scriptedLogs(registry: Registry, runtimeOf: (pod: Pod) => ScriptedRuntime): PodLogSource {
  const pods = registry.resource('', 'pods');
  if (!pods) throw new Error("serving logs: the API doesn't serve pods");
  return {
    async openLog(request) {
      const pod = registry.get(pods, request.namespace, request.pod);
      if (!pod) throw notFound(pods, request.pod);
      const written = runtimeOf(podOf(pod)).log(pod.metadata.uid, request.container);
      if (!written) {
        throw badRequest(
          `container "${request.container}" in pod "${request.pod}" is waiting to start: ContainerCreating`,
        );
      }
      return (async function* () {
        const bytes = Buffer.from(textFor(request, written));
        yield request.limitBytes === undefined ? bytes : bytes.subarray(0, request.limitBytes);
        if (request.follow) await written.ended;
      })();
    },
  };
}

function textFor({ since, timestamps }: PodLogRequest, { text, writtenAt }: ScriptedLog): string {
  if (since !== undefined && writtenAt < since) return '';
  return timestamps ? text.replace(/^(?=.)/gm, `${new Date(writtenAt).toISOString()} `) : text;
}
