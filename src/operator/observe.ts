import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { readFresh } from '../actions/readFresh.ts';
import { type EffectOptions, targetOf } from '../actions/target.ts';
import type { Snapshot } from '../core/decide/decision.ts';
import { isTerminal } from '../core/run/phases.ts';
import { pods } from '../kube/resources.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Clock } from '../ports/clock.ts';
import type { Admission } from './admission/startAdmission.ts';
import type { Memories } from './memories.ts';
import { observeNodes } from './observeNodes.ts';
import type { Records } from './recorder/records.ts';
import type { RunMemory } from './runMemory.ts';
import type { Surplus } from './schedules/surplus.ts';
import type { TemplateFacts, Templates } from './templates.ts';
import { trimPod } from './trimObjects.ts';
import type { Watches } from './watches.ts';

/** A watch that has not shown our own pod for so long may have missed it: then the API server is asked. */
export const OVERDUE_MS = 5_000;

/** What a look at one run needs. */
export interface ObserveParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly watches: Pick<Watches, 'run' | 'podsOfRun' | 'isTerminating' | 'nodes' | 'deletionsSeen'>;
  readonly memories: Memories;
  readonly templates: Templates;
  readonly admission: Pick<Admission, 'wordFor'>;
  readonly records: Pick<Records, 'evidenceStored' | 'progressAt'>;
  /** Runs that are more than their schedules keep. */
  readonly surplus: Pick<Surplus, 'has'>;
}

/** What was seen, and where to note what comes of it. */
export interface Observation {
  readonly snapshot: Snapshot;
  readonly memory: RunMemory;
}

/**
 * Everything that a decision about this run may look at, read once: the cache, corrected by what we wrote ourselves.
 * undefined when there is no such run, though the cache may still show it.
 */
export async function observe(
  parts: ObserveParts,
  key: string,
  options: EffectOptions,
): Promise<Observation | undefined> {
  const cached = parts.watches.run(key);
  if (cached === undefined) return undefined;
  const memory = parts.memories.of(key, cached.metadata.uid ?? '');
  if (memory.isRunGone) return undefined;
  const run = memory.newestRun(cached);
  const cachedPods = parts.watches.podsOfRun(run);
  await askForOverdue(parts, cachedPods, memory, options);
  const namespaceTerminating = parts.watches.isTerminating(run.metadata.namespace ?? '');
  const facts = await parts.templates.factsOf(run, { namespaceTerminating }, options);
  const nodes = await observeNodes(parts, memory.newestPods(cachedPods), memory, options);
  return {
    memory,
    snapshot: {
      run,
      ...facts,
      // A receipt counts as long as it is owed; of what has ended only what is there is left to be removed.
      pods: [...memory.newestPods(cachedPods), ...(isTerminal(run.status?.phase) ? [] : memory.receipts())],
      gone: memory.gone,
      createErrors: memory.createErrors,
      logTails: memory.logTails,
      namespaceTerminating,
      admission: parts.admission.wordFor(run, { isValid: isValid(facts) }),
      nodes,
      freshReads: memory.freshReads,
      podEvents: memory.podEvents,
      deletionsSeen: parts.watches.deletionsSeen,
      madeAt: memory.madeAt,
      evidenceStored: parts.records.evidenceStored(run, memory.newestPods(cachedPods)),
      isSurplus: parts.surplus.has(memory.uid),
      progressAt: parts.records.progressAt(run, facts.template?.logs ?? run.spec.logs),
    },
  };
}

function isValid({ template, specInvalid }: TemplateFacts): boolean {
  return template !== undefined && specInvalid === undefined;
}

/** Asks about pods of ours that the watch should have shown by now. */
async function askForOverdue(
  parts: ObserveParts,
  cachedPods: readonly Pod[],
  memory: RunMemory,
  options: EffectOptions,
): Promise<void> {
  const now = parts.clock.monotonic();
  for (const pod of memory.overduePods(cachedPods, now - OVERDUE_MS)) {
    const target = targetOf(pod);
    const found = await readFresh(parts.client, pods, target, options);
    if (found) memory.confirmPod(trimPod(found), now);
    else memory.forgetPod(target.uid);
  }
}
