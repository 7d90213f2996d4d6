import { LABEL } from '../../src/core/naming/naming.ts';
import type { Pod } from '../../src/kubelite/kubelet/pod.ts';
import type { ContainerScript, PodScript } from '../../src/kubelite/kubelet/scripted/podScript.ts';
import { type Chance, chanceOf } from './chance.ts';
import type { Plan } from './plan.ts';

/** What a pod does, decided by seed, run, stage and attempt alone: the same whatever else goes wrong. */
export function podScript(plan: Plan, pod: Pod): PodScript {
  const labels = pod.metadata.labels ?? {};
  const stage = labels[LABEL.stage] ?? '';
  const given = plan.runs.find(({ name }) => name === labels[LABEL.run])?.scripts;
  const script = stage === 'exit' ? given?.exit : given?.main;
  if (script !== undefined) return script;
  const chance = chanceOf(plan.seed, `pod ${labels[LABEL.run]} ${stage} ${labels[LABEL.attempt]}`);
  const container = stage === 'exit' ? handler(chance) : work(chance, isLimited(plan, labels[LABEL.run]));
  return {
    containers: { main: container },
    ...(chance.is(0.05)
      ? { evict: { afterMs: chance.int(0, 20_000), message: 'The node was low on resource: memory.' } }
      : {}),
  };
}

/** A run may go on for ever, and may be let. */
function isLimited(plan: Plan, run: string | undefined): boolean {
  const limits = plan.runs.find(({ name }) => name === run)?.spec.limits;
  return limits?.runSeconds !== undefined || limits?.totalSeconds !== undefined;
}

function work(chance: Chance, mayHang: boolean): ContainerScript {
  const runMs = chance.int(0, 15_000);
  return {
    runMs: chance.is(0.15) && mayHang ? 'hang' : runMs,
    exitCodes: [chance.pick([0, 0, 0, 1, 3])],
    log: chance.is(0.01) ? LONG_LOG : logOf(chance),
    startMs: chance.pick([0, 0, 100, 5_000]),
    ...trouble(chance),
  };
}

/** Mostly well: what a handler does wrong is tried often enough with a tenth of them. */
function handler(chance: Chance): ContainerScript {
  return {
    runMs: chance.is(0.05) ? 'hang' : chance.int(0, 5_000),
    exitCodes: [chance.pick([0, 0, 0, 0, 0, 0, 0, 0, 1])],
    log: logOf(chance),
    ...trouble(chance),
  };
}

/** A few lines, no two logs alike. */
function logOf(chance: Chance): string {
  const line = `did ${chance.int(0, 1_000_000_000)} things\n`;
  return line.repeat(chance.int(0, 4));
}

/** More than is kept of a log. */
const LONG_LOG = 'one line of a log that is longer than its evidence may be\n'.repeat(1_500);

function trouble(chance: Chance): ContainerScript {
  switch (chance.int(0, 24)) {
    case 0:
      return { outOfMemory: true };
    case 1:
      return { imageError: 'no such image' };
    case 2:
      return { configError: 'configmap "settings" not found' };
    case 3:
      return { onTerm: 'ignore' };
    case 4:
      return { onTerm: { afterMs: chance.int(0, 20_000), exitCode: chance.pick([0, 143]) } };
    case 5:
      return { pullMs: chance.int(100, 20_000) };
    default:
      return {};
  }
}
