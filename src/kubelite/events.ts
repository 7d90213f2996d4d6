import type { Clock } from '../ports/clock.ts';
import { ApiStatusError } from './status.ts';
import type { KubeliteLog, Registry, ResourceInfo, StoredObject } from './types.ts';

/** Tells what happened to an object, as Kubernetes Events. */
export interface EventSink {
  /** Never throws and never waits: an event that can't be stored is logged. A repeated one is counted up. */
  emit(
    about: StoredObject,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
    field?: string,
  ): void;
  /** Resolves when everything emitted so far is stored or given up. */
  flush(): Promise<void>;
}

/** How many kinds of event are remembered for counting up; an older one starts anew at 1. */
const REMEMBERED = 4096;

/** Events with `component` as their source, written one after the other. */
export function eventSink(
  registry: Registry,
  clock: Clock,
  log: KubeliteLog,
  component: string,
  host?: string,
): EventSink {
  const seen = new Map<string, string>();
  let sequence = 0;
  let queue = Promise.resolve();

  async function write(resource: ResourceInfo, event: EventDraft, key: string): Promise<void> {
    const known = seen.get(key);
    if (known !== undefined && (await countUp(registry, resource, event, known))) return;
    const name = await store(resource, event);
    seen.set(key, name);
    if (seen.size > REMEMBERED) seen.delete(seen.keys().next().value ?? '');
  }

  /** Resolves with the name that it got: another component may have told of the same object in the same moment. */
  async function store(resource: ResourceInfo, event: EventDraft): Promise<string> {
    sequence += 1;
    const moment = BigInt(Math.trunc(clock.now())) * 1_000_000n + BigInt(sequence % 1_000_000);
    const name = `${event.involvedObject.name}.${moment.toString(16)}`;
    try {
      await registry.create(resource, { ...event, metadata: { name, namespace: event.metadata.namespace } });
      return name;
    } catch (error) {
      if (error instanceof ApiStatusError && error.reason === 'AlreadyExists') return store(resource, event);
      throw error;
    }
  }

  return {
    emit(about, type, reason, message, field) {
      const resource = registry.resource('', 'events');
      if (!resource) return;
      const event = draft(about, type, reason, message, field, new Date(clock.now()), { component, host });
      const key = `${about.metadata.uid}/${field ?? ''}/${type}/${reason}/${message}`;
      queue = queue.then(() =>
        write(resource, event, key).catch((error: unknown) => {
          log.warn('storing an event failed', { reason, object: about.metadata.name, error: String(error) });
        }),
      );
    },
    flush: () => queue,
  };
}

type EventDraft = ReturnType<typeof draft>;

async function countUp(
  registry: Registry,
  resource: ResourceInfo,
  event: EventDraft,
  name: string,
): Promise<boolean> {
  const stored = await registry.update(resource, event.metadata.namespace, name, (object) => {
    const count = typeof object['count'] === 'number' ? object['count'] : 1;
    return { ...object, count: count + 1, lastTimestamp: event.lastTimestamp };
  });
  return stored !== undefined;
}

function draft(
  about: StoredObject,
  type: string,
  reason: string,
  message: string,
  field: string | undefined,
  at: Date,
  source: { component: string; host: string | undefined },
) {
  const time = at.toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: about.metadata.namespace ?? 'default' },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name: about.metadata.name,
      ...(about.metadata.namespace === undefined ? {} : { namespace: about.metadata.namespace }),
      uid: about.metadata.uid,
      resourceVersion: about.metadata.resourceVersion,
      ...(field === undefined ? {} : { fieldPath: field }),
    },
    type,
    reason,
    message,
    source: { component: source.component, ...(source.host === undefined ? {} : { host: source.host }) },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    eventTime: null,
    reportingComponent: source.component,
    reportingInstance: source.host ?? '',
  };
}
