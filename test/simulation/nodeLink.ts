import { ApiStatusError } from '../../src/kubelite/status.ts';
import type { Registry, RegistryEvent, ResourceInfo, StoredObject } from '../../src/kubelite/types.ts';

/** A node hears nothing for so long after it can be reached again: what waits to be reported goes first. */
const RESYNC_MS = 5_000;

/** The way between one kubelet and the API, which can be cut. */
export interface NodeLink {
  readonly registry: Registry;
  isUp(): boolean;
  cut(): void;
  /** The kubelet reports what it has, then learns what it missed. */
  mend(): void;
}

interface Watcher {
  readonly resource: ResourceInfo;
  readonly onEvent: (event: RegistryEvent) => void;
  readonly known: Map<string, StoredObject>;
}

/** The registry as one kubelet reaches it. `after` sets a timer. */
export function nodeLink(registry: Registry, after: (ms: number, fn: () => void) => void): NodeLink {
  let isUp = true;
  let hears = true;
  const watchers = new Set<Watcher>();

  function refuseIfCut(): void {
    if (!isUp) throw new ApiStatusError(503, 'ServiceUnavailable', 'the node is cut off', {});
  }

  function hear(watcher: Watcher, event: RegistryEvent): void {
    if (!hears) return;
    const { uid } = event.object.metadata;
    if (event.type === 'DELETED') watcher.known.delete(uid);
    else watcher.known.set(uid, event.object);
    watcher.onEvent(event);
  }

  function resync(): void {
    if (!isUp) return;
    hears = true;
    for (const watcher of watchers) {
      const now = new Map(registry.list(watcher.resource).map((one) => [one.metadata.uid, one]));
      for (const [uid, object] of watcher.known) {
        if (!now.has(uid)) hear(watcher, { type: 'DELETED', object });
      }
      for (const object of now.values()) hear(watcher, { type: 'MODIFIED', object });
    }
  }

  return {
    registry: {
      resource: (group, plural) => registry.resource(group, plural),
      get: (...args) => registry.get(...args),
      list: (...args) => registry.list(...args),
      async create(...args) {
        refuseIfCut();
        return registry.create(...args);
      },
      async update(...args) {
        refuseIfCut();
        return registry.update(...args);
      },
      async delete(...args) {
        refuseIfCut();
        return registry.delete(...args);
      },
      watch(resource, onEvent) {
        const watcher: Watcher = { resource, onEvent, known: new Map() };
        watchers.add(watcher);
        const stop = registry.watch(resource, (event) => hear(watcher, event));
        return () => {
          watchers.delete(watcher);
          stop();
        };
      },
    },
    isUp: () => isUp,
    cut() {
      isUp = false;
      hears = false;
    },
    mend() {
      isUp = true;
      after(RESYNC_MS, resync);
    },
  };
}
