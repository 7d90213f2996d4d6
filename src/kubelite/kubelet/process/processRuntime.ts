import { readdir, rm } from 'node:fs/promises';
import type { ContainerRuntime } from '../life/sandbox.ts';
import { podFolder, podsFolder } from './podFolder.ts';
import { openProcessSandbox, type ProcessSandbox } from './processSandbox.ts';
import type { ProcessTools } from './processTools.ts';
import { type RunFolder, readRun } from './runFolder.ts';
import { signalSession } from './sessions.ts';

/** Runs containers as processes of this machine. */
export interface ProcessRuntime extends ContainerRuntime {
  /** Resolves at the end of a run; undefined when it doesn't run. */
  runEnd(podUid: string, run: RunFolder): Promise<void> | undefined;
}

/** All that a kubelet's data folder knows of. */
export function processRuntime(tools: ProcessTools): ProcessRuntime {
  const open = new Map<string, ProcessSandbox>();
  return {
    async open(pod, events) {
      const sandbox = openProcessSandbox(tools, pod, events);
      open.set(pod.metadata.uid, sandbox);
      return sandbox;
    },
    leftovers: () => readdir(podsFolder(tools.dataDir)).catch(() => []),
    async remove(uid) {
      open.delete(uid);
      killAll(tools, uid);
      await rm(podFolder(tools.dataDir, uid).path, { recursive: true, force: true, maxRetries: 3 });
    },
    runEnd: (uid, run) => open.get(uid)?.runEnd(run),
  };
}

function killAll(tools: ProcessTools, uid: string): void {
  const folder = podFolder(tools.dataDir, uid);
  for (const container of folder.containers()) {
    for (const run of folder.runs(container)) {
      const state = readRun(run, tools.clock.now());
      if (state.kind === 'running') signalSession(state.pid, 'SIGKILL');
    }
  }
}
