import type { ControllerRevision } from 'kubernetes-types/apps/v1.d.ts';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { templateOf } from '../manifest/templateRevision.ts';
import { exitPodName, LABEL, MAIN_ENV, mainPodName, templateName } from '../naming/naming.ts';
import { runOfPod } from '../naming/runKey.ts';
import { mainContainerName } from '../pod/podFacts.ts';

/**
 * Whether a pod is one that we made: a label alone can be anybody's, copied with a manifest. Ours are named after their run,
 * stage and attempt, and their main container is told the run's UID and the namespace.
 */
export function isOurPod(pod: Pod): boolean {
  const { name, namespace, labels = {} } = pod.metadata ?? {};
  const run = runOfPod(pod.metadata);
  const uid = labels[LABEL.runUid];
  const attempt = Number(labels[LABEL.attempt]);
  if (run === undefined || !uid || !Number.isInteger(attempt) || attempt < 1) return false;
  const nameOfStage = labels[LABEL.stage] === 'main' ? mainPodName : exitPodName;
  const told = environmentOf(pod);
  return (
    name === nameOfStage({ kind: run.kind, metadata: run }, attempt) &&
    told.get(MAIN_ENV.runId) === uid &&
    told.get(MAIN_ENV.namespace) === namespace
  );
}

/** Whether a ControllerRevision is a template that we froze: its name is made from what it holds. */
export function isOurTemplate(revision: ControllerRevision): boolean {
  const template = templateOf(revision);
  return template !== undefined && templateName(template) === revision.metadata?.name;
}

function environmentOf(pod: Pod): Map<string, string | undefined> {
  const main = mainContainerName(pod.spec);
  const container = pod.spec?.containers.find(({ name }) => name === main);
  return new Map((container?.env ?? []).map(({ name, value }) => [name, value]));
}
