import type { Container, EnvVar } from 'kubernetes-types/core/v1.d.ts';
import { EXIT_ENV, MAIN_ENV, subjectText } from '../naming/naming.ts';
import type { Run } from '../run/run.ts';
import { lastAttempt } from '../run/status.ts';

/** What the main container is told about its run. */
export function mainEnvironment(run: Run, attempt: number): EnvVar[] {
  return variables({
    [MAIN_ENV.run]: run.metadata.name,
    [MAIN_ENV.runId]: run.metadata.uid,
    [MAIN_ENV.namespace]: run.metadata.namespace,
    [MAIN_ENV.attempt]: String(attempt),
  });
}

/** What the exit handler is told about its run and how main ended; what is not known is the empty text. */
export function exitEnvironment(run: Run, attempt: number): EnvVar[] {
  const main = run.status?.main;
  const last = run.status === undefined ? undefined : lastAttempt(run.status);
  return variables({
    [EXIT_ENV.run]: run.metadata.name,
    [EXIT_ENV.runId]: run.metadata.uid,
    [EXIT_ENV.exitAttempt]: String(attempt),
    [EXIT_ENV.namespace]: run.metadata.namespace,
    [EXIT_ENV.subject]: run.spec.subject === undefined ? undefined : subjectText(run.spec.subject),
    [EXIT_ENV.outcome]: main?.outcome,
    [EXIT_ENV.reason]: main?.reason,
    [EXIT_ENV.exitCode]: main?.exitCode === undefined ? undefined : String(main.exitCode),
    [EXIT_ENV.startedAt]: last?.startedAt,
    [EXIT_ENV.finishedAt]: last?.finishedAt ?? run.status?.timeline.finishedAt,
    ...(run.kind === 'OMJob' ? { pipelineStatus: main?.outcome === 'Succeeded' ? 'success' : 'failed' } : {}),
  });
}

/** The container with these variables; they hold whatever else it sets. */
export function withEnvironment(container: Container, env: readonly EnvVar[]): Container {
  const ours = new Set(env.map((variable) => variable.name));
  const theirs = (container.env ?? []).filter((variable) => !ours.has(variable.name));
  // First: Kubernetes lets a later variable refer to an earlier one as $(NAME).
  return { ...container, env: [...env, ...theirs] };
}

function variables(values: Readonly<Record<string, string | undefined>>): EnvVar[] {
  return Object.entries(values).map(([name, value]) => ({ name, value: value ?? '' }));
}
