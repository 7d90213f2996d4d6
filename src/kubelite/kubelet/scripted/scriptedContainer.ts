import type { Clock, Timer } from '../../../ports/clock.ts';
import { type Attempt, type EndedAttempt, reasonOfExit } from '../life/attempt.ts';
import type { ContainerScript } from './podScript.ts';

/** One attempt that a script plays. */
export interface ScriptedContainer {
  attempt(): Attempt;
  signal(signal: 'TERM' | 'KILL'): void;
  /** Resolves when the attempt has ended. */
  readonly ended: Promise<void>;
  /** Stops the play where it is. */
  detach(): void;
}

/** Plays one attempt from now on. */
export function playContainer(
  clock: Clock,
  script: ContainerScript,
  begun: { readonly number: number; readonly id: string },
): ScriptedContainer {
  const startedAt = clock.now();
  let attempt: Attempt = { kind: 'running', ...begun, startedAt };
  let finish: () => void = () => {};
  const ended = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const timers: Timer[] = [];

  function detach(): void {
    for (const timer of timers) timer.cancel();
  }

  function end(exitCode: number, reason: string): void {
    if (attempt.kind === 'ended') return;
    detach();
    const finishedAt = clock.now();
    attempt = { kind: 'ended', ...begun, startedAt, finishedAt, exitCode, reason, message: script.message };
    attempt satisfies EndedAttempt;
    finish();
  }

  function naturalEnd(): void {
    if (script.outOfMemory) return end(137, 'OOMKilled');
    const codes = script.exitCodes ?? [0];
    const code = codes[Math.min(begun.number, codes.length - 1)] ?? 0;
    return end(code, reasonOfExit(code));
  }

  function term(): void {
    const { onTerm = { afterMs: 0, exitCode: 143 } } = script;
    if (onTerm === 'ignore') return;
    timers.push(clock.after(onTerm.afterMs, () => end(onTerm.exitCode, reasonOfExit(onTerm.exitCode))));
  }

  const { runMs = 0 } = script;
  if (runMs !== 'hang') timers.push(clock.after(runMs, naturalEnd));
  return {
    attempt: () => attempt,
    signal: (signal) => (signal === 'KILL' ? end(137, 'Error') : term()),
    ended,
    detach,
  };
}
