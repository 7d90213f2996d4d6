import type { PodStatus } from 'kubernetes-types/core/v1.d.ts';
import { type Json, sameJson } from '../../../kubernetes/json.ts';
import { isTerminal, type Pod, podOf } from '../pod.ts';
import { type PodFacts, podStatus } from './podStatus.ts';
import type { WorkerTools } from './workerTools.ts';

/** How long a refused status write waits before it is tried again. */
const RETRY_MS = 1_000;

/** Keeps the stored status of one pod equal to the facts. */
export interface StatusWriter {
  /** Writes soon: at once when no write is under way, else once after it, whatever changed meanwhile. */
  write(): void;
  /** Resolves when everything is written that was there to write. */
  idle(): Promise<void>;
}

/** `facts` is read at the moment of each write. A terminal status is never written again. */
export function statusWriter(tools: WorkerTools, pod: Pod, facts: () => PodFacts): StatusWriter {
  let dirty = false;
  let running: Promise<void> | undefined;

  async function drain(): Promise<void> {
    while (dirty) {
      dirty = false;
      try {
        await writeOnce(tools, pod, facts());
      } catch (error) {
        tools.log.warn('writing a pod status failed', { pod: pod.metadata.name, error: String(error) });
        tools.clock.after(RETRY_MS, write);
      }
    }
    running = undefined;
  }

  function write(): void {
    dirty = true;
    running ??= drain();
  }

  return {
    write,
    async idle() {
      while (running) await running;
    },
  };
}

async function writeOnce(tools: WorkerTools, pod: Pod, facts: PodFacts): Promise<void> {
  await tools.registry.update(
    tools.pods,
    pod.metadata.namespace,
    pod.metadata.name,
    (object) => {
      const stored = podOf(object);
      if (stored.metadata.uid !== pod.metadata.uid || isTerminal(stored)) return undefined;
      const old: PodStatus = stored.status ?? {};
      const status = podStatus(facts, old, tools.clock.now());
      if (sameJson(old as Json, status as Json)) return undefined;
      return { ...object, status };
    },
    { subresource: 'status' },
  );
}
