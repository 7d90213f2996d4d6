import { LABEL } from '../../src/core/naming/naming.ts';
import type { Sandbox } from '../../src/kubelite/kubelet/life/sandbox.ts';
import type { Pod } from '../../src/kubelite/kubelet/pod.ts';
import type { ScriptedRuntime } from '../../src/kubelite/kubelet/scripted/scriptedRuntime.ts';

/** What really happened to one pod on its node, whatever the API shows of it. */
export interface TrueLife {
  readonly uid: string;
  readonly name: string;
  readonly runUid: string;
  readonly stage: string;
  readonly attempt: string;
  readonly node: string;
  startedMain: boolean;
  /** All that its main container has written. */
  wrote: string;
  /** Exit code of the main container; undefined while it runs or never started. */
  exitCode: number | undefined;
  /** Asks the node; false for one that never started. */
  isRunning(): boolean;
}

/** Every pod that a node took on, by UID, and what is told of each start. */
export class GroundTruth {
  readonly lives = new Map<string, TrueLife>();
  readonly #destroyed = new Set<string>();
  readonly #onStart: (life: TrueLife) => void;
  readonly #onEnd: (life: TrueLife) => void;

  constructor(onStart: (life: TrueLife) => void, onEnd: (life: TrueLife) => void) {
    this.#onStart = onStart;
    this.#onEnd = onEnd;
  }

  /** All that ran there has ended. */
  destroy(node: string): void {
    this.#destroyed.add(node);
  }

  /** The pods of a run that started their main container. */
  startedOf(runUid: string, stage: string): TrueLife[] {
    return [...this.lives.values()].filter(
      (life) => life.runUid === runUid && life.stage === stage && life.startedMain,
    );
  }

  /** A runtime that tells what it does. */
  observed(runtime: ScriptedRuntime, node: string): ScriptedRuntime {
    return {
      ...runtime,
      open: async (pod, events) => {
        let sandbox: Sandbox | undefined;
        const life = this.#lifeOf(pod, node, () => sandbox);
        sandbox = await runtime.open(pod, {
          onEnd: () => {
            this.#note(life, sandbox);
            events.onEnd();
          },
          onEvict: (message) => events.onEvict(message),
        });
        return this.#watched(sandbox, life, () => runtime.log(life.uid, MAIN)?.text ?? '');
      },
    };
  }

  #lifeOf(pod: Pod, node: string, sandbox: () => Sandbox | undefined): TrueLife {
    const labels = pod.metadata.labels ?? {};
    const life: TrueLife = {
      uid: pod.metadata.uid,
      name: pod.metadata.name,
      runUid: labels[LABEL.runUid] ?? '',
      stage: labels[LABEL.stage] ?? '',
      attempt: labels[LABEL.attempt] ?? '',
      node,
      startedMain: false,
      wrote: '',
      exitCode: undefined,
      isRunning: () => !this.#destroyed.has(node) && sandbox()?.attempts(MAIN).at(-1)?.kind === 'running',
    };
    this.lives.set(life.uid, life);
    return life;
  }

  #watched(sandbox: Sandbox, life: TrueLife, wrote: () => string): Sandbox {
    return {
      ...sandbox,
      start: async (pod, container, number, mayStart) => {
        await sandbox.start(pod, container, number, mayStart);
        if (container.name !== MAIN || sandbox.attempts(MAIN).length === 0) return;
        life.startedMain = true;
        life.wrote = wrote();
        this.#onStart(life);
      },
    };
  }

  #note(life: TrueLife, sandbox: Sandbox | undefined): void {
    const last = sandbox?.attempts(MAIN).at(-1);
    if (last?.kind !== 'ended' || life.exitCode !== undefined) return;
    life.exitCode = last.exitCode;
    this.#onEnd(life);
  }
}

/** All pods of a simulation have one container of this name. */
const MAIN = 'main';
