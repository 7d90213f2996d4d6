import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { parseQuantity, wholeUnits } from '../../../kubernetes/quantity.ts';
import { type Attempt, unknownEnd } from '../life/attempt.ts';
import { attemptFromStatus } from '../life/recover.ts';
import { ContainerProblem, type Sandbox, type SandboxEvents } from '../life/sandbox.ts';
import { allContainers, type Pod } from '../pod.ts';
import { adoptRun, type ContainerRun, startRun } from './containerRun.ts';
import { execCommand } from './execCommand.ts';
import { type Launch, prepareLaunch } from './launch.ts';
import { type PodFolder, podFolder } from './podFolder.ts';
import type { ProcessTools } from './processTools.ts';
import { CommandError, resolveCommand } from './resolveCommand.ts';
import { createRun, OOM_REASON, type RunFolder, readRun, writeVerdict } from './runFolder.ts';
import { signalSession } from './sessions.ts';
import { MESSAGE_FILE, withMessage } from './terminationMessage.ts';
import { mountMappings, setUpVolumes } from './volumes.ts';

/** What containerd reports of a program that can't be started. */
const START_ERROR = { exitCode: 128, reason: 'StartError' };
/** Attempts of a container that are kept: the latest and the one before. */
const KEPT = 2;

/** A sandbox that also tells where a container's logs are. */
export interface ProcessSandbox extends Sandbox {
  /** Resolves at the end of the run in this folder; undefined when it doesn't run. */
  runEnd(folder: RunFolder): Promise<void> | undefined;
}

/** Takes on a pod whose containers are local processes, with what an earlier kubelet started. */
export function openProcessSandbox(tools: ProcessTools, pod: Pod, events: SandboxEvents): ProcessSandbox {
  const { clock } = tools;
  const uid = pod.metadata.uid;
  const folder = podFolder(tools.dataDir, uid);
  const history = new Map<string, Attempt[]>();
  const runs = new Map<string, ContainerRun>();
  const limits = new Map<string, () => void>();

  for (const container of allContainers(pod)) recover(container);

  function recover(container: Container): void {
    const known: Attempt[] = [];
    for (const run of folder.runs(container.name)) {
      const state = readRun(run, clock.now());
      if (state.kind === 'ended') known.push(withMessage(state.attempt, container, run.path));
      if (state.kind !== 'running') continue;
      known.push(state.attempt);
      follow(container, adoptRun(run, state.pid, state.attempt, tools));
    }
    const lost = lostAttempt(container, known.at(-1)?.number ?? -1);
    if (lost) known.push(lost);
    history.set(container.name, known.slice(-KEPT));
  }

  /** A start of which journal or API know, and the folder (after a loss of power, or without its disk) doesn't. */
  function lostAttempt(container: Container, latest: number): Attempt | undefined {
    const folders = new Set(folder.runs(container.name).map((run) => basename(run.path)));
    const journalled = tools.journal
      .of(uid)
      .filter((one) => one.container === container.name && one.number > latest && !folders.has(one.run))
      .at(-1);
    const told = attemptFromStatus(pod, container.name, clock.now());
    if (told && told.number > latest && told.number >= (journalled?.number ?? 0)) return told;
    if (!journalled) return undefined;
    const id = `process://${uid}/${container.name}/${journalled.run}`;
    const now = clock.now();
    return unknownEnd({ number: journalled.number, id, startedAt: now }, now);
  }

  function follow(container: Container, run: ContainerRun): void {
    runs.set(container.name, run);
    const limit = container.resources?.limits?.['memory'];
    if (limit !== undefined) limitMemory(container.name, run, wholeUnits(parseQuantity(limit)));
    void run.ended.then(() => {
      limits.get(container.name)?.();
      limits.delete(container.name);
      const end = run.attempt();
      if (end.kind === 'ended') record(container, withMessage(end, container, run.folder.path));
      events.onEnd();
    });
  }

  function limitMemory(container: string, run: ContainerRun, bytes: number): void {
    const stop = tools.memory.limit(run.pid, bytes, () => {
      writeVerdict(run.folder, { exitCode: 137, reason: OOM_REASON });
      signalSession(run.pid, 'SIGKILL');
    });
    limits.set(container, stop);
  }

  /** Puts an attempt in the place of its earlier state, or after the earlier ones. */
  function record(container: Container, attempt: Attempt): void {
    const others = (history.get(container.name) ?? []).filter((one) => one.number !== attempt.number);
    history.set(container.name, [...others, attempt].slice(-KEPT));
  }

  async function start(
    current: Pod,
    container: Container,
    number: number,
    mayStart: () => boolean,
  ): Promise<void> {
    const run = folder.nextRun(container.name, number);
    const launch = await prepareLaunch(tools, folder, current, container, run.path);
    if (launch.command.length === 0) {
      throw new ContainerProblem('CreateContainerError', 'no command specified');
    }
    // The folder comes before the journal: a journalled start without one has lost it, and is not merely late.
    const startedAt = clock.now();
    createRun(run, startedAt);
    writeFileSync(join(run.path, MESSAGE_FILE), '');
    await tools.journal.add({ pod: uid, container: container.name, number, run: basename(run.path) });
    if (!mayStart()) return;
    await launchRun(container, run, launch, startedAt);
    dropOldRuns(folder, container.name);
  }

  async function launchRun(
    container: Container,
    run: RunFolder,
    launch: Launch,
    startedAt: number,
  ): Promise<void> {
    try {
      const [program = '', ...args] = launch.command;
      const path = resolveCommand(program, launch.env['PATH'] ?? '', launch.workingDir);
      const order = { command: [path, ...args], env: launch.env, workingDir: launch.workingDir };
      const started = await startRun(run, order, tools, startedAt);
      record(container, started.attempt());
      follow(container, started);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof CommandError)) {
        // The run's folder is fenced when it is read, so a later look agrees that nothing started.
        throw new ContainerProblem('RunContainerError', `starting the process: ${message}`, { cause: error });
      }
      writeVerdict(run, { ...START_ERROR, message });
      const state = readRun(run, startedAt);
      if (state.kind === 'ended') record(container, state.attempt);
    }
  }

  return {
    attempts: (container) => history.get(container) ?? [],
    needsPull: () => false,
    async pull(container) {
      tools.images.find(container);
      return { imageID: container.image ?? '', pulledMs: undefined };
    },
    mount: (current) => setUpVolumes(folder.volumes, current, tools.sources),
    start,
    signal: (container, signal) => runs.get(container)?.signal(signal),
    async exec(current, container, command, signal) {
      const run = runs.get(container.name);
      const runPath = run?.folder.path ?? folder.path;
      const launch = await prepareLaunch(
        tools,
        folder,
        current,
        { ...container, command: [...command], args: [] },
        runPath,
      );
      return execCommand(launch, signal);
    },
    annotations: (current) => mountAnnotation(folder, current),
    detach() {
      for (const stop of limits.values()) stop();
      for (const run of runs.values()) run.detach();
    },
    runEnd(wanted) {
      const run = [...runs.values()].find((one) => one.folder.path === wanted.path);
      return run?.attempt().kind === 'running' ? run.ended : undefined;
    },
  };
}

/** Says where each mount really lies: processes of this machine don't see mount paths. */
function mountAnnotation(folder: PodFolder, pod: Pod): Readonly<Record<string, string>> {
  const mounts = allContainers(pod)
    .map((container) => [container.name, mountMappings(container, folder.root(container.name))] as const)
    .filter(([, mappings]) => mappings.length > 0)
    .map(([name, mappings]) => [name, Object.fromEntries(mappings.map(({ from, to }) => [from, to]))]);
  return mounts.length === 0 ? {} : { 'kubelite/mounts': JSON.stringify(Object.fromEntries(mounts)) };
}

function dropOldRuns(folder: PodFolder, container: string): void {
  const runs = folder.runs(container);
  const oldest = (runs.at(-1)?.number ?? 0) - KEPT + 1;
  for (const run of runs) {
    if (run.number < oldest) rmSync(run.path, { recursive: true, force: true });
  }
}
