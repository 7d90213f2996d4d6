import { LABEL } from '../../src/core/naming/naming.ts';
import type { OMJob } from '../../src/core/omjob/omJob.ts';
import { isTerminal } from '../../src/core/run/phases.ts';
import type { Run } from '../../src/core/run/run.ts';
import type { TransportRequest } from '../../src/kube/transport/transport.ts';

/** The writes of a run's plain life, in their order: between any two of them an operator may die. */
export const STEPS = [
  'gated pod',
  'admission batch',
  'status admitted',
  'ungate',
  'status running',
  'status exiting',
  'exit pod',
  'status terminal',
  'pod let go',
  'run let go',
] as const;

/** The writes that a slot of a schedule takes before its run begins to live. */
export const SLOT_STEPS = ['slot run', 'slot record'] as const;

/** One of them all. */
export type Step = (typeof STEPS)[number] | (typeof SLOT_STEPS)[number];

/** Which step of a run's life a request is; undefined: none. */
export function stepOf({ method, path, body = '' }: TransportRequest): Step | undefined {
  if (path.includes('dryRun=')) return undefined;
  const [, plural, rest = ''] =
    /\/(pods|runs|omjobs|configmaps|schedules|cronomjobs)(\/[^?]+)?(\?|$)/.exec(path) ?? [];
  switch (method) {
    case 'POST':
      if (rest !== '') return undefined;
      if (plural === 'runs' || plural === 'omjobs') return 'slot run';
      return plural === 'pods' ? podStep(body) : undefined;
    case 'PUT':
      if (plural === 'configmaps') return rest === '/endwell-admission' ? 'admission batch' : undefined;
      return plural !== 'pods' && rest.endsWith('/status') ? statusStep(body) : undefined;
    case 'PATCH':
      if (plural === 'schedules' || plural === 'cronomjobs') return 'slot record';
      if (plural === 'pods' && body.includes('/spec/schedulingGates')) return 'ungate';
      if (!body.includes('/metadata/finalizers')) return undefined;
      return plural === 'pods' ? 'pod let go' : 'run let go';
    default:
      return undefined;
  }
}

function podStep(body: string): Step {
  const pod = JSON.parse(body) as Pick<Run, 'metadata'>;
  return pod.metadata.labels?.[LABEL.stage] === 'exit' ? 'exit pod' : 'gated pod';
}

function statusStep(body: string): Step | undefined {
  const { status } = JSON.parse(body) as Pick<Run, 'status'> & Pick<OMJob, 'status'>;
  const { phase } = status?.endwell ?? status ?? {};
  switch (phase) {
    case 'Pending':
      return 'status admitted';
    case 'Running':
      return 'status running';
    case 'Exiting':
      return 'status exiting';
    default:
      return isTerminal(phase) ? 'status terminal' : undefined;
  }
}
