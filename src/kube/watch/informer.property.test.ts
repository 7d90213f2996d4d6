import * as fc from 'fast-check';
import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { ServerError, UnreachableError } from '../errors.ts';
import type { Resource } from '../types.ts';
import { createInformer } from './informer.ts';
import { FakeCluster } from './testing/fakeCluster.ts';

const CONFIG_MAPS: Resource<ConfigMap> = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
};

const name = fc.constantFrom('a', 'b', 'c', 'd');
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('put' as const), name, value: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), name }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('recreate' as const), name }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('removeUnseen' as const), name }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'reset' as const,
        'end' as const,
        'mute' as const,
        'compact' as const,
        'bookmark' as const,
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fail' as const), times: fc.nat(3) }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 100, 2_000, 95_000) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function perform(cluster: FakeCluster, now: Step): void {
  switch (now.do) {
    case 'put':
      cluster.put(CONFIG_MAPS, {
        metadata: { namespace: 'ns', name: now.name },
        data: { value: String(now.value) },
      });
      return;
    case 'removeUnseen':
      cluster.endStreams(new UnreachableError({ message: 'reset', phase: 'stream' }));
      cluster.remove(CONFIG_MAPS, { namespace: 'ns', name: now.name });
      return cluster.compact();
    case 'recreate':
    case 'remove':
      cluster.remove(CONFIG_MAPS, { namespace: 'ns', name: now.name });
      if (now.do === 'recreate') cluster.put(CONFIG_MAPS, { metadata: { namespace: 'ns', name: now.name } });
      return;
    case 'reset':
      return cluster.endStreams(new UnreachableError({ message: 'reset', phase: 'stream' }));
    case 'end':
      return cluster.endStreams();
    case 'mute':
      return cluster.muteStreams();
    case 'compact':
      return cluster.compact();
    case 'bookmark':
      return cluster.bookmark();
    case 'fail': {
      let left = now.times;
      cluster.behaviour.before = () =>
        left-- > 0 ? new ServerError({ message: '503', status: 503 }) : undefined;
      return;
    }
    case 'wait':
      return;
    default:
      now satisfies never;
  }
}

describe('createInformer', () => {
  it('never goes back in time and ends equal to the server, and so does whoever only listens', async () => {
    const watchList = fc.constantFrom('served' as const, 'refused' as const, 'silent' as const);
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), watchList, async (steps, mode) => {
        const clock = virtualClock();
        const cluster = new FakeCluster(clock);
        cluster.behaviour.watchList = mode;
        const defects: unknown[] = [];
        const informer = createInformer({
          client: cluster.client(),
          resource: CONFIG_MAPS,
          clock,
          random: () => 0.3,
          onHandlerError: (error) => defects.push(error),
        });
        const heard = new Map<string, ConfigMap>();
        const newest = new Map<string, number>();
        informer.onChange((change) => {
          const version = Number(change.object.metadata?.resourceVersion);
          if (change.kind !== 'deleted') expect(version).toBeGreaterThan(newest.get(change.key) ?? 0);
          newest.set(change.key, version);
          if (change.kind === 'added') expect(heard.has(change.key)).toBe(false);
          else expect(heard.get(change.key)?.metadata?.uid).toBe(change.object.metadata?.uid);
          if (change.kind === 'deleted') heard.delete(change.key);
          else heard.set(change.key, change.object);
        });
        informer.start();
        for (const now of steps) {
          perform(cluster, now);
          if (now.do === 'wait') await clock.advance(now.ms);
        }
        await clock.advance(200_000);
        const truth = versions(cluster.objects(CONFIG_MAPS));
        expect(versions(informer.store.list())).toEqual(truth);
        expect(versions([...heard.values()])).toEqual(truth);
        expect(defects).toEqual([]);
        await informer.stop();
        expect([cluster.openStreams(), clock.timers()]).toEqual([0, 0]);
      }),
      { numRuns: 150 },
    );
  });
});

function versions(objects: readonly ConfigMap[]): string[] {
  return objects
    .map(({ metadata }) => `${metadata?.name} ${metadata?.uid} ${metadata?.resourceVersion}`)
    .sort();
}
