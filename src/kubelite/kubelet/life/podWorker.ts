import type { Container } from 'kubernetes-types/core/v1.d.ts';
import type { Timer } from '../../../ports/clock.ts';
import { type ConfigRef, usesConfig } from '../config/usesConfig.ts';
import { allContainers, graceSeconds, isTerminal, type Pod } from '../pod.ts';
import { backOffAfterRestarts } from './backOff.ts';
import { type ContainerTask, freshTask } from './containerTask.ts';
import { planPod } from './planPod.ts';
import type { PodFacts } from './podStatus.ts';
import { type Probes, watchProbes } from './probes.ts';
import { renewTokens } from './renewTokens.ts';
import { MountProblem, type Sandbox } from './sandbox.ts';
import { startContainer, startDelay } from './startContainer.ts';
import { type StatusWriter, statusWriter } from './statusWriter.ts';
import { stopStep } from './stopPod.ts';
import type { WorkerTools } from './workerTools.ts';

/** Why a pod is being ended. `deadline` is ms since the epoch: the end of its grace. */
interface Ending {
  deadline: number;
  readonly cause: { readonly reason: string; readonly message: string } | undefined;
}

/** First wait after a volume could not be set up; it doubles up to the second. Kubernetes' values. */
const FIRST_MOUNT_RETRY_MS = 500;
const LONGEST_MOUNT_RETRY_MS = 122_000;

/**
 * Leads one pod through its life: volumes, init containers, main containers and sidecars, restarts, and its end, after
 * which it says `onEnded` once. Each look compares what should be with what is and takes the next step, so that
 * it makes no difference whether this process started the containers or an earlier one did.
 */
export class PodWorker {
  private pod: Pod;
  private readonly tools: WorkerTools;
  private readonly sandbox: Sandbox;
  private readonly onEnded: (pod: Pod) => void;
  private readonly tasks = new Map<string, ContainerTask>();
  private readonly status: StatusWriter;
  private readonly probes: Probes;
  private readonly startTime: number;
  private tokens: { stop(): void } | undefined;
  private mount: 'needed' | 'busy' | 'done' = 'needed';
  private mountDelay = 0;
  private mountNotBefore = 0;
  private ending: Ending | undefined;
  private readonly giveUp = new AbortController();
  private stage: 'living' | 'ending' | 'ended' = 'living';
  private timer: Timer | undefined;
  private stopped = false;

  private constructor(tools: WorkerTools, pod: Pod, sandbox: Sandbox, onEnded: (pod: Pod) => void) {
    this.tools = tools;
    this.pod = pod;
    this.sandbox = sandbox;
    this.onEnded = onEnded;
    const began = pod.status?.startTime;
    this.startTime = began === undefined ? tools.clock.now() : Date.parse(began);
    this.status = statusWriter(tools, pod, () => this.facts());
    this.probes = watchProbes({ tools, sandbox, task: (name) => this.task(name), look: () => this.look() });
    for (const container of allContainers(pod)) this.adopt(container);
  }

  /** Opens the pod's sandbox and begins. */
  static async begin(tools: WorkerTools, pod: Pod, onEnded: (pod: Pod) => void): Promise<PodWorker> {
    let worker: PodWorker | undefined;
    const sandbox = await tools.runtime.open(pod, {
      onEnd: () => worker?.look(),
      onEvict: (message) => worker?.end({ reason: 'Evicted', message }),
    });
    worker = new PodWorker(tools, pod, sandbox, onEnded);
    if (worker.mount === 'done') worker.takeOnVolumes();
    worker.look();
    return worker;
  }

  /** The pod's object changed. */
  update(pod: Pod): void {
    this.pod = pod;
    this.look();
  }

  /** The pod's object is gone: whatever runs is ended. */
  gone(last: Pod): void {
    const grace = last.metadata.deletionGracePeriodSeconds ?? graceSeconds(last);
    this.pod = last;
    this.beginEnd(grace, undefined);
    this.look();
  }

  /** A ConfigMap or Secret changed: what failed for want of it is tried at once, and volumes are brought up to date. */
  configChanged(ref: ConfigRef): void {
    const { inEnv, inVolume } = usesConfig(this.pod, ref);
    if (!inEnv && !inVolume) return;
    this.mountNotBefore = 0;
    for (const task of this.tasks.values()) {
      if (task.waiting?.reason === 'CreateContainerConfigError') task.notBefore = 0;
    }
    if (inVolume && this.mount === 'done' && this.stage === 'living') this.refreshVolumes();
    this.look();
  }

  /** Leaves the pod as it is: its containers go on. Resolves when no write is under way. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.timer?.cancel();
    this.tokens?.stop();
    this.probes.stop();
    this.sandbox.detach();
    await this.status.idle();
  }

  private adopt(container: Container): void {
    const latest = this.sandbox.attempts(container.name).at(-1);
    const task = this.task(container.name);
    if (!latest) return;
    task.crash = backOffAfterRestarts(latest.number);
    task.imageID = container.image ?? '';
    task.started = !container.startupProbe;
    task.ready = task.started && !container.readinessProbe;
    this.mount = 'done';
  }

  private task(container: string): ContainerTask {
    const known = this.tasks.get(container);
    if (known) return known;
    const task = freshTask();
    this.tasks.set(container, task);
    return task;
  }

  private end(cause: { reason: string; message: string }): void {
    this.beginEnd(graceSeconds(this.pod), cause);
    this.look();
  }

  private beginEnd(grace: number, cause: Ending['cause']): void {
    const deadline = this.tools.clock.now() + grace * 1000;
    if (this.ending) {
      this.ending.deadline = Math.min(this.ending.deadline, deadline);
      return;
    }
    this.ending = { deadline, cause };
    this.giveUp.abort(new Error('the pod is being ended'));
    if (this.stage === 'living') this.stage = 'ending';
  }

  /** One look at the pod: the next step, the status, and when to look again. */
  private look(): void {
    if (this.stopped || this.stage === 'ended') return;
    this.timer?.cancel();
    this.noticeEnd();
    const wait = this.stage === 'living' ? this.live() : Number.POSITIVE_INFINITY;
    const wake = Math.min(wait, this.stage === 'ending' ? this.stopAll() : this.untilDeadline());
    this.probes.follow(this.stage === 'living' ? this.pod : undefined);
    this.status.write();
    if (Number.isFinite(wake)) this.timer = this.tools.clock.after(Math.max(wake, 1), () => this.look());
  }

  private noticeEnd(): void {
    if (this.pod.metadata.deletionTimestamp) this.beginEnd(this.remainingGrace(), undefined);
    if (this.stage !== 'living') return;
    if (this.untilDeadline() <= 0) {
      const message = 'Pod was active on the node longer than the specified deadline';
      this.tools.events.emit(this.pod, 'Normal', 'DeadlineExceeded', message);
      this.beginEnd(graceSeconds(this.pod), { reason: 'DeadlineExceeded', message });
    }
  }

  /** The grace counts from the deletion, not from when this process saw it. */
  private remainingGrace(): number {
    const until = Date.parse(this.pod.metadata.deletionTimestamp as unknown as string);
    const left = (until - this.tools.clock.now()) / 1000;
    return Math.max(0, Math.min(graceSeconds(this.pod), Number.isNaN(left) ? 0 : left));
  }

  private untilDeadline(): number {
    const seconds = this.pod.spec.activeDeadlineSeconds;
    if (seconds === undefined || seconds === null || this.stage !== 'living') return Number.POSITIVE_INFINITY;
    return this.startTime + seconds * 1000 - this.tools.clock.now();
  }

  /** Takes the steps of a pod that goes on. Returns ms until one of them has to be tried again. */
  private live(): number {
    if (this.mount !== 'done') return this.setUpVolumes();
    const plan = planPod({
      pod: this.pod,
      attempts: (name) => this.sandbox.attempts(name),
      hasStarted: (name) => this.task(name).started,
    });
    if (plan.kind === 'run')
      return Math.min(Number.POSITIVE_INFINITY, ...plan.start.map((one) => this.tryStart(one)));
    this.beginEnd(graceSeconds(this.pod), undefined);
    return Number.POSITIVE_INFINITY;
  }

  private tryStart(container: Container): number {
    const task = this.task(container.name);
    if (task.busy) return Number.POSITIVE_INFINITY;
    const { tools, pod, sandbox } = this;
    const mayStart = () => this.stage === 'living' && !this.stopped;
    const order = { tools, pod, sandbox, container, task, mayStart, ending: this.giveUp.signal };
    const delay = startDelay(order);
    if (delay > 0) return delay;
    task.busy = true;
    void startContainer(order).then(() => {
      task.busy = false;
      this.look();
    });
    return Number.POSITIVE_INFINITY;
  }

  private setUpVolumes(): number {
    const wait = this.mountNotBefore - this.tools.clock.now();
    if (this.mount === 'busy' || wait > 0) return this.mount === 'busy' ? Number.POSITIVE_INFINITY : wait;
    this.mount = 'busy';
    void this.mountOnce().then(() => this.look());
    return Number.POSITIVE_INFINITY;
  }

  private async mountOnce(): Promise<void> {
    try {
      await this.sandbox.mount(this.pod);
      this.mount = 'done';
      this.keepTokens();
      void this.annotate();
    } catch (error) {
      this.mount = 'needed';
      this.mountDelay = Math.min(this.mountDelay * 2 || FIRST_MOUNT_RETRY_MS, LONGEST_MOUNT_RETRY_MS);
      this.mountNotBefore = this.tools.clock.now() + this.mountDelay;
      const volume = error instanceof MountProblem ? error.volume : '';
      const why = error instanceof Error ? error.message : String(error);
      const sentence = `MountVolume.SetUp failed for volume "${volume}" : ${why}`;
      this.tools.events.emit(this.pod, 'Warning', 'FailedMount', sentence);
    }
  }

  /** A token that an earlier process mounted may have expired while nobody looked. */
  private takeOnVolumes(): void {
    const runs = (one: Container) => this.sandbox.attempts(one.name).at(-1)?.kind === 'running';
    if (!allContainers(this.pod).some(runs)) return;
    this.refreshVolumes();
    this.keepTokens();
  }

  private keepTokens(): void {
    if (this.stopped) return;
    this.tokens = renewTokens(this.pod, this.tools.clock, () => this.refreshVolumes());
  }

  /** What was mounted once stays usable, so a failure is no more than told. */
  private refreshVolumes(): void {
    this.sandbox.mount(this.pod).catch((error: unknown) => {
      const pod = this.pod.metadata.name;
      this.tools.log.warn('bringing a volume up to date failed', { pod, error: String(error) });
    });
  }

  private async annotate(): Promise<void> {
    const { registry, pods, log } = this.tools;
    const { namespace, name, uid } = this.pod.metadata;
    const annotations = this.sandbox.annotations(this.pod);
    if (Object.keys(annotations).length === 0) return;
    try {
      await registry.update(pods, namespace, name, (object) => {
        if (object.metadata.uid !== uid) return undefined;
        const metadata = {
          ...object.metadata,
          annotations: { ...object.metadata.annotations, ...annotations },
        };
        return { ...object, metadata };
      });
    } catch (error) {
      log.warn('annotating a pod failed', { pod: name, error: String(error) });
    }
  }

  /** Takes the next step of stopping; when nothing runs any more the pod has ended. */
  private stopAll(): number {
    const { tools, pod, sandbox } = this;
    const deadline = this.ending?.deadline ?? tools.clock.now();
    const task = (name: string) => this.task(name);
    const wait = stopStep({ tools, pod, sandbox, task, deadline, look: () => this.look() });
    if (wait !== undefined) return wait;
    const busy = this.mount === 'busy' || [...this.tasks.values()].some((one) => one.busy);
    if (!busy) void this.finish();
    return Number.POSITIVE_INFINITY;
  }

  private async finish(): Promise<void> {
    this.stage = 'ended';
    this.tokens?.stop();
    this.probes.stop();
    if (!isTerminal(this.pod)) this.status.write();
    await this.status.idle();
    if (this.stopped) return;
    this.stopped = true;
    this.sandbox.detach();
    this.onEnded(this.pod);
  }

  private facts(): PodFacts {
    return {
      pod: this.pod,
      attempts: (name) => this.sandbox.attempts(name),
      container: (name) => this.task(name),
      mounted: this.mount === 'done',
      startTime: this.startTime,
      stage: this.stage,
      cause: this.ending?.cause,
    };
  }
}
