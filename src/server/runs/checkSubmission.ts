import type { NewRun } from '../../actions/createRun.ts';
import { dryRunPods } from '../../actions/dryRunPods.ts';
import type { FieldProblem } from '../../contract/problem.ts';
import { plannedPods } from '../../core/manifest/plannedPods.ts';
import { API_VERSION } from '../../core/naming/naming.ts';
import { resolveTemplate } from '../../core/profile/resolveTemplate.ts';
import type { Run } from '../../core/run/run.ts';
import type { Api } from '../http/api.ts';
import { refusalOfFields } from '../http/readCall.ts';

/** Stands for what the cluster will give; a dry run keeps nothing of it. */
const PLANNED_UID = '00000000-0000-4000-8000-000000000000';
/** As long as a generated end of a name. */
const PLANNED_END = 'xxxxxx';

/**
 * Refuses (422) a run that could not be accepted or whose pods the API server would not take, before anything is stored.
 * What the API server can't say now (quota, webhook, overload) refuses nothing.
 */
export async function checkSubmission(api: Api, wanted: NewRun, signal: AbortSignal): Promise<void> {
  const run = plannedRun(wanted);
  const { template, invalid } = resolveTemplate(run);
  if (template === undefined) throw refusalOfFields('SpecInvalid', [splitSentence(invalid)]);
  const answer = await dryRunPods(api.client, plannedPods(run, template), { signal });
  if (answer.kind === 'invalid') throw refusalOfFields('SpecInvalid', answer.problems.map(splitSentence));
  if (answer.kind === 'unknown') api.log.info('pods could not be checked by a dry run', { why: answer.why });
}

function plannedRun({ namespace, name, generateName, labels, annotations, spec }: NewRun): Run {
  return {
    apiVersion: API_VERSION,
    kind: 'Run',
    metadata: {
      namespace,
      name: name ?? `${generateName ?? 'run-'}${PLANNED_END}`,
      uid: PLANNED_UID,
      ...(labels === undefined ? {} : { labels: { ...labels } }),
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
    },
    spec,
  };
}

/** `spec.main.spec.containers[0].image: is empty` -> the field, and what is wrong with it. */
function splitSentence(sentence: string): FieldProblem {
  const [, field, message] = /^((?:spec|metadata)[^\s:]*):?\s+(.*)$/s.exec(sentence) ?? [];
  return field === undefined || message === undefined
    ? { field: 'spec', message: sentence }
    : { field, message };
}
