import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { type Clock, sleep } from '../../../ports/clock.ts';
import type { Attempt } from '../life/attempt.ts';
import { attemptFromStatus } from '../life/recover.ts';
import {
  ContainerProblem,
  type ContainerRuntime,
  type Sandbox,
  type SandboxEvents,
} from '../life/sandbox.ts';
import type { Pod } from '../pod.ts';
import type { ContainerScript, PodScript } from './podScript.ts';
import { playContainer, type ScriptedContainer } from './scriptedContainer.ts';

/** What a container's latest attempts wrote, and when the last of them ends. */
export interface ScriptedLog {
  readonly text: string;
  /** When it wrote, ms since the epoch: all at its start. */
  readonly writtenAt: number;
  /** Undefined once it has ended. */
  readonly ended: Promise<void> | undefined;
}

/** A runtime in which nothing really runs. */
export interface ScriptedRuntime extends ContainerRuntime {
  /** Undefined when the container never started. */
  log(podUid: string, container: string): ScriptedLog | undefined;
}

interface Stage {
  readonly script: PodScript;
  readonly playing: Map<string, ScriptedContainer>;
}

/** Plays every pod by its script, in the clock's time. */
export function scriptedRuntime(clock: Clock, scriptOf: (pod: Pod) => PodScript): ScriptedRuntime {
  const stages = new Map<string, Stage>();
  return {
    async open(pod, events) {
      const stage: Stage = { script: scriptOf(pod), playing: new Map() };
      stages.set(pod.metadata.uid, stage);
      return openStage(clock, pod, stage, events);
    },
    leftovers: async () => [],
    async remove(uid) {
      for (const play of stages.get(uid)?.playing.values() ?? []) play.detach();
      stages.delete(uid);
    },
    log(uid, container) {
      const stage = stages.get(uid);
      const play = stage?.playing.get(container);
      if (!stage || !play) return undefined;
      const ended = play.attempt().kind === 'running' ? play.ended : undefined;
      const { startedAt } = play.attempt();
      return { text: scriptFor(stage, container).log ?? '', writtenAt: startedAt, ended };
    },
  };
}

function openStage(clock: Clock, pod: Pod, stage: Stage, events: SandboxEvents): Sandbox {
  const earlier = new Map<string, Attempt | undefined>();
  const pulled = new Set<string>();
  const { evict } = stage.script;
  const eviction = evict && clock.after(evict.afterMs, () => events.onEvict(evict.message));

  /** What was before the attempt that plays now; at first what the API remembers. */
  function before(container: string): Attempt | undefined {
    if (!earlier.has(container)) earlier.set(container, attemptFromStatus(pod, container, clock.now()));
    return earlier.get(container);
  }

  async function pull(container: Container, signal: AbortSignal) {
    const { imageError, pullMs } = scriptFor(stage, container.name);
    const needed = needsPull(container);
    if (needed) await sleep(clock, pullMs ?? 0, signal);
    if (imageError !== undefined) throw new ContainerProblem('ErrImagePull', imageError);
    pulled.add(container.image ?? '');
    return { imageID: container.image ?? '', pulledMs: needed ? pullMs : undefined };
  }

  function needsPull(container: Container): boolean {
    return scriptFor(stage, container.name).pullMs !== undefined && !pulled.has(container.image ?? '');
  }

  async function start(
    _pod: Pod,
    container: Container,
    number: number,
    mayStart: () => boolean,
  ): Promise<void> {
    const script = scriptFor(stage, container.name);
    if (script.configError !== undefined) {
      throw new ContainerProblem('CreateContainerConfigError', script.configError);
    }
    if (script.startMs) await sleep(clock, script.startMs);
    if (!mayStart()) return;
    const last = stage.playing.get(container.name)?.attempt() ?? before(container.name);
    const id = `scripted://${pod.metadata.uid}/${container.name}/${number}`;
    const play = playContainer(clock, script, { number, id });
    earlier.set(container.name, last);
    stage.playing.set(container.name, play);
    void play.ended.then(() => events.onEnd());
  }

  return {
    attempts(container) {
      const now = stage.playing.get(container)?.attempt();
      return [before(container), now].filter((one) => one !== undefined);
    },
    needsPull,
    pull,
    mount: async () => {},
    start,
    signal: (container, signal) => stage.playing.get(container)?.signal(signal),
    exec: async () => ({ exitCode: 0, output: '' }),
    annotations: () => ({}),
    detach() {
      eviction?.cancel();
      for (const play of stage.playing.values()) play.detach();
    },
  };
}

function scriptFor(stage: Stage, container: string): ContainerScript {
  return stage.script.containers?.[container] ?? stage.script.others ?? {};
}
