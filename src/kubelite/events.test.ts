import { describe, expect, it } from 'vitest';
import { virtualClock } from '../ports/testing/virtualClock.ts';
import { eventSink } from './events.ts';
import { create, eventsOf, silentLog, testRegistry } from './kubelet/testing/testRegistry.ts';

describe('eventSink', () => {
  it('stores what two components tell of one object in the same moment', async () => {
    const clock = virtualClock();
    const registry = await testRegistry(clock);
    const about = await create(registry, 'ConfigMap', 'configmaps', { metadata: { name: 'a' } });
    const sinks = ['scheduler', 'kubelet'].map((component) =>
      eventSink(registry, clock, silentLog, component),
    );
    for (const sink of sinks) sink.emit(about, 'Normal', 'Told', 'once');
    await Promise.all(sinks.map((sink) => sink.flush()));
    expect(eventsOf(registry, 'a')).toEqual(['Told: once', 'Told: once']);
  });
});
