import type { Namespace, Pod } from 'kubernetes-types/core/v1.d.ts';
import { runs } from '../actions/resources.ts';
import { ALL_RUN_PODS, LABEL } from '../core/naming/naming.ts';
import { readRunKey, runKey, runKeyOfPod } from '../core/naming/runKey.ts';
import { hasEnded } from '../core/pod/podFacts.ts';
import type { Run } from '../core/run/run.ts';
import type { KubeError } from '../kube/errors.ts';
import { namespaces, pods } from '../kube/resources.ts';
import type { KubeClient, KubeObject, Resource } from '../kube/types.ts';
import { createInformer, type Informer } from '../kube/watch/informer.ts';
import type { WatchScope } from '../kube/watch/reflector.ts';
import { byLabel, byNamespace, type Change, slim } from '../kube/watch/store.ts';
import type { Clock, Random } from '../ports/clock.ts';
import { createNodes, type Nodes } from './nodes.ts';
import { noteDeletion } from './noteDeletion.ts';
import { createOMJobWatch } from './omJobWatch.ts';
import { trimPod, trimRun } from './trimObjects.ts';
import { type Withheld, withheldBy } from './withheld.ts';

/** What the operator sees of the cluster. Reads are from memory and may be a little old. */
export interface Watches {
  start(): void;
  stop(): Promise<void>;
  hasSynced(): boolean;
  /** True once everything that existed has been seen; false when stopped before. */
  whenSynced(): Promise<boolean>;
  run(key: string): Run | undefined;
  runs(): Run[];
  podsOfRun(run: Run): Pod[];
  /** Pods that name this run by label, whichever run of that name it was. */
  podsOfKey(key: string): Pod[];
  /** Every pod that carries our label, be its run there or not. */
  pods(): Pod[];
  /** Every run that a pod names, be it there or not. */
  keysOfPods(): Set<string>;
  isTerminating(namespace: string): boolean;
  /** When the deletion of a pod was asked for as it was first seen to go, by UID, ms; whoever leads. */
  readonly deletionsSeen: ReadonlyMap<string, number>;
  readonly nodes: Pick<Nodes, 'factsOf'>;
  /** OMJobs, as long as they may not be seen. */
  withheld(): readonly Withheld[];
  /** What keeps the picture from being whole, by resource. */
  problems(): KubeError[];
  /** Seconds since a watch last heard from the API server (of several of one kind the oldest), by resource. */
  ageSeconds(): Map<string, number>;
  /** Full lists since the start, by resource. */
  lists(): Map<string, number>;
}

/** Where watches report to. */
export interface WatchListener {
  /** Something about the run of this key (`runKey`) has changed. */
  onRun(key: string): void;
  /** A pod was seen to go, or was found gone by a list; as it was last. */
  onPodGone(key: string, pod: Pod): void;
  /** The same, with what it was and is; for whoever keeps records. */
  onRunChange?(change: Change<Run>): void;
  onPodChange?(change: Change<Pod>): void;
  /** A defect of ours in a handler. */
  onDefect(error: unknown): void;
}

interface WatchParts {
  readonly client: KubeClient;
  readonly clock: Clock;
  readonly random: Random;
  /** Empty: all. */
  readonly watchNamespaces: readonly string[];
}

/** Watches runs, their pods and namespaces: one stream each, or one for each watched namespace. */
export function createWatches(parts: WatchParts, listener: WatchListener): Watches {
  const each = <T extends KubeObject, I extends string>(
    resource: Resource<T>,
    how: { transform: (object: T) => T; indexes: Record<I, (object: T) => readonly string[]> },
    scope: WatchScope = {},
  ) =>
    scopesOf(parts.watchNamespaces, resource.namespaced).map((place) =>
      createInformer<T, I>({
        client: parts.client,
        resource,
        scope: { ...place, ...scope },
        ...how,
        clock: parts.clock,
        random: parts.random,
        onHandlerError: (error) => listener.onDefect(error),
      }),
    );

  const ownWatches = each<Run, 'namespace'>(runs, {
    transform: trimRun,
    indexes: { namespace: byNamespace },
  });
  const omJobWatches = scopesOf(parts.watchNamespaces, true).map((place) =>
    createOMJobWatch(parts, place, (error) => listener.onDefect(error)),
  );
  const omJobInformers = omJobWatches.map(({ informer }) => informer);
  const runWatches = [...ownWatches, ...omJobInformers];
  const podWatches = each<Pod, 'uid' | 'key' | 'node'>(
    pods,
    {
      transform: trimPod,
      indexes: { uid: byLabel(LABEL.runUid), key: (pod) => keysOfPod(pod), node: (pod) => nodesOfPod(pod) },
    },
    { labelSelector: ALL_RUN_PODS },
  );
  const namespaceWatches = each<Namespace, never>(namespaces, { transform: slim, indexes: {} });
  const nodes = createNodes(parts, {
    onNode(name) {
      const there = podWatches.flatMap(({ store }) => store.byIndex('node', name));
      for (const key of new Set(there.flatMap(keysOfPod))) listener.onRun(key);
    },
    onDefect: (error) => listener.onDefect(error),
  });
  const needed = { runs: ownWatches, pods: podWatches, namespaces: namespaceWatches };
  const neededInformers = Object.values(needed).flat();
  const all = { ...needed, nodes: [nodes.informer], omjobs: omJobInformers };
  const informers = [...neededInformers, nodes.informer, ...omJobInformers];

  for (const watch of runWatches) {
    watch.onChange((change) => {
      const key = runKey(change.object);
      listener.onRunChange?.({ ...change, key });
      listener.onRun(key);
    });
  }
  const deletionsSeen = new Map<string, number>();
  for (const watch of podWatches) {
    watch.onChange((change) => {
      noteDeletion(deletionsSeen, change);
      listener.onPodChange?.(change);
      for (const key of keysOfPod(change.object)) {
        if (change.kind === 'deleted') listener.onPodGone(key, change.object);
        listener.onRun(key);
      }
    });
  }
  for (const watch of namespaceWatches) {
    watch.onChange((change) => {
      if (!isGoing(change.object)) return;
      for (const run of runWatches.flatMap(({ store }) => store.byIndex('namespace', change.key))) {
        listener.onRun(runKey(run));
      }
    });
  }

  const byResource = (read: (informer: Informer<KubeObject>) => number) =>
    new Map(
      Object.entries(all).map(([name, some]) => [
        name,
        Math.max(0, ...some.map((one) => read(one as unknown as Informer<KubeObject>))),
      ]),
    );
  return {
    start: () => informers.forEach((informer) => informer.start()),
    stop: async () => void (await Promise.all(informers.map((informer) => informer.stop()))),
    hasSynced: () =>
      neededInformers.every((informer) => informer.hasSynced()) &&
      omJobWatches.every((watch) => watch.isSettled()) &&
      nodes.isSettled(),
    whenSynced: async () =>
      (
        await Promise.all([
          ...neededInformers.map((informer) => informer.whenSynced()),
          ...omJobWatches.map((watch) => watch.whenSettled()),
          nodes.whenSettled(),
        ])
      ).every(Boolean),
    run(key) {
      const { kind, namespace, name } = readRunKey(key);
      const informers = kind === 'OMJob' ? omJobInformers : ownWatches;
      return firstOf(informers, ({ store }) => store.get({ namespace, name }));
    },
    runs: () => runWatches.flatMap(({ store }) => store.list()),
    podsOfRun: (run) =>
      podWatches
        .flatMap(({ store }) => store.byIndex('uid', run.metadata.uid ?? ''))
        // The label alone could be anybody's: a pod of another namespace is never this run's.
        .filter((pod) => pod.metadata?.namespace === run.metadata.namespace),
    pods: () => podWatches.flatMap(({ store }) => store.list()),
    keysOfPods: () => new Set(podWatches.flatMap(({ store }) => store.list().flatMap(keysOfPod))),
    podsOfKey: (key) => podWatches.flatMap(({ store }) => store.byIndex('key', key)),
    isTerminating: (namespace) =>
      isGoing(firstOf(namespaceWatches, ({ store }) => store.getByKey(namespace))),
    deletionsSeen,
    nodes,
    withheld: () => withheldBy('OMJob', omJobWatches),
    problems: () =>
      [...neededInformers.map((informer) => informer.problem()), nodes.problem()].filter(
        (error) => error !== undefined,
      ),
    ageSeconds: () => byResource((informer) => (informer.stats().lastEventAgeMs ?? 0) / 1000),
    lists: () => byResource((informer) => informer.stats().lists),
  };
}

/** The runs that a pod names by its labels: one, or none. */
function keysOfPod(pod: Pod): string[] {
  const key = runKeyOfPod(pod.metadata);
  return key === '' ? [] : [key];
}

/** The node that a pod may still run on. */
function nodesOfPod(pod: Pod): string[] {
  const name = pod.spec?.nodeName;
  return name === undefined || hasEnded(pod) ? [] : [name];
}

function scopesOf(watched: readonly string[], namespaced: boolean): WatchScope[] {
  if (watched.length === 0) return [{}];
  return watched.map((name) =>
    namespaced ? { namespace: name } : { fieldSelector: `metadata.name=${name}` },
  );
}

function isGoing(namespace: Namespace | undefined): boolean {
  return namespace?.metadata?.deletionTimestamp !== undefined || namespace?.status?.phase === 'Terminating';
}

function firstOf<A, B>(items: readonly A[], read: (item: A) => B | undefined): B | undefined {
  for (const item of items) {
    const found = read(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
