import type { Clock } from '../../../ports/clock.ts';
import type { EventSink } from '../../events.ts';
import type { KubeliteLog, Registry, ResourceInfo } from '../../types.ts';
import type { ContainerRuntime } from './sandbox.ts';

/** What every part of a pod's life works with. */
export interface WorkerTools {
  readonly registry: Registry;
  readonly pods: ResourceInfo;
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly log: KubeliteLog;
  readonly events: EventSink;
}
