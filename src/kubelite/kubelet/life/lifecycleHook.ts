import type { Container, LifecycleHandler } from 'kubernetes-types/core/v1.d.ts';
import { type Clock, sleep } from '../../../ports/clock.ts';
import type { Pod } from '../pod.ts';
import { probeHttp } from './httpProbe.ts';
import type { Sandbox } from './sandbox.ts';

/** One hook of a container that is to be run. */
export interface HookOrder {
  readonly tools: { readonly clock: Clock };
  readonly pod: Pod;
  readonly sandbox: Sandbox;
  readonly container: Container;
  readonly hook: LifecycleHandler;
  /** Ends the hook early. */
  readonly signal: AbortSignal;
}

/** Runs a postStart or preStop hook to its end. Undefined when it went well, else why it didn't. Never throws. */
export async function runLifecycleHook(order: HookOrder): Promise<string | undefined> {
  const { hook, signal } = order;
  try {
    if (hook.exec) return await runExec(order, hook.exec.command ?? []);
    if (hook.sleep) await sleep(order.tools.clock, hook.sleep.seconds * 1000, signal);
    if (hook.httpGet) return await probeHttp(hook.httpGet, order.container, signal);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function runExec(order: HookOrder, command: readonly string[]): Promise<string | undefined> {
  const { exitCode, output } = await order.sandbox.exec(order.pod, order.container, command, order.signal);
  return exitCode === 0 ? undefined : `command ${command.join(' ')} exited with ${exitCode}: ${output}`;
}
