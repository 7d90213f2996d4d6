import type { Run } from '../../core/run/run.ts';
import { childOfRun } from '../../core/schedule/ofSchedule.ts';
import type { Child } from '../../core/schedule/view.ts';
import type { KubeObject, Resource } from '../../kube/types.ts';
import type { Change } from '../../kube/watch/store.ts';

/** What we made ourselves is known before the watch tells of it; one that it does not tell of for so long is looked for. */
const UNSEEN_MS = 30_000;

/** What schedules of one kind made, as the watch shows it and as we have just made it. */
export class Children {
  readonly #schedule: Pick<Resource<KubeObject>, 'group' | 'kind'>;
  /** By UID of the schedule, then by name. */
  readonly #seen = new Map<string, Map<string, Child>>();
  readonly #made = new Map<string, Map<string, { readonly child: Child; readonly at: number }>>();

  constructor(schedule: Pick<Resource<KubeObject>, 'group' | 'kind'>) {
    this.#schedule = schedule;
  }

  /** Something changed, came or went; says whose it is: `namespace/name` of the schedule, undefined when of none of this kind. */
  onChange({ kind, object }: Change<Run>): string | undefined {
    const owner = controllerOf(object);
    if (owner === undefined || !isOfKind(owner, this.#schedule)) return undefined;
    const child = childOfRun(object);
    this.#made.get(owner.uid)?.delete(child.name);
    const known = this.#seen.get(owner.uid) ?? new Map<string, Child>();
    if (kind === 'deleted') known.delete(child.name);
    else known.set(child.name, child);
    if (known.size === 0) this.#seen.delete(owner.uid);
    else this.#seen.set(owner.uid, known);
    return `${object.metadata?.namespace ?? ''}/${owner.name}`;
  }

  /** We made it, or read it past the cache. */
  note(schedule: string, child: Child, now: number): void {
    if (this.#seen.get(schedule)?.has(child.name)) return;
    const known = this.#made.get(schedule) ?? new Map<string, { child: Child; at: number }>();
    this.#made.set(schedule, known.set(child.name, { child, at: now }));
  }

  /** It is not there. */
  forget(schedule: string, name: string): void {
    this.#made.get(schedule)?.delete(name);
  }

  /** All that a schedule (by UID) made and that is there. */
  of(schedule: string): Child[] {
    return [
      ...(this.#seen.get(schedule)?.values() ?? []),
      ...[...(this.#made.get(schedule)?.values() ?? [])].map(({ child }) => child),
    ];
  }

  /** Those that we made and the watch has not told of for too long. */
  unseen(schedule: string, now: number): string[] {
    return [...(this.#made.get(schedule) ?? [])]
      .filter(([, { at }]) => now - at > UNSEEN_MS)
      .map(([name]) => name);
  }

  /** Another leader may have worked meanwhile: only what the watch shows counts. */
  beginTerm(): void {
    this.#made.clear();
  }

  /** A schedule (by UID) is gone. */
  drop(schedule: string): void {
    this.#made.delete(schedule);
  }
}

/** Whether an object was made by a schedule: by its owner, whom nobody but the garbage collector needs to know besides. */
export function belongsTo(object: KubeObject, schedule: KubeObject): boolean {
  const uid = schedule.metadata?.uid;
  return uid !== undefined && controllerOf(object)?.uid === uid;
}

interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

function controllerOf(object: KubeObject): Owner | undefined {
  return object.metadata?.ownerReferences?.find(({ controller }) => controller === true);
}

function isOfKind(owner: Owner, { group, kind }: Pick<Resource<KubeObject>, 'group' | 'kind'>): boolean {
  return owner.kind === kind && owner.apiVersion.startsWith(`${group}/`);
}
