import { API_VERSION, FINALIZER, MAX_RUN_NAME } from '../core/naming/naming.ts';
import type { Run, RunSpec } from '../core/run/run.ts';
import { isOutcomeUnknown, NotFoundError } from '../kube/errors.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Random } from '../ports/clock.ts';
import { runs } from './resources.ts';
import { type EffectOptions, withSignal } from './target.ts';

/** A run as it is asked for. */
export interface NewRun {
  readonly namespace: string;
  readonly name?: string;
  /** Used without `name`: a random end is put to it. */
  readonly generateName?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What it goes with when that is deleted. */
  readonly owner?: RunOwner;
  readonly spec: RunSpec;
}

/** The object that a run belongs to. */
export interface RunOwner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

/** Letters of generated names: no vowels (no words), no digits that look like letters; as Kubernetes does. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** 27^6: two of a million names of one base clash with a chance of about 1 in 800 in all, and a clash is refused. */
const RANDOM_LETTERS = 6;

/**
 * Stores a run with the finalizer that owes its handler, and returns it as stored. The name is made here, so that a lost
 * answer can be looked up; then a run of that name with the same spec is the one we made.
 * Throws AlreadyExistsError, InvalidError and so on as the API does; `dryRun` stores nothing.
 */
export async function createRun(
  client: KubeClient,
  wanted: NewRun,
  random: Random,
  options: EffectOptions & { readonly dryRun?: boolean } = {},
): Promise<Run> {
  const run = runObject(wanted, random);
  try {
    const dryRun = options.dryRun === true ? { dryRun: true } : {};
    return await client.create(runs, run, { ...withSignal(options), ...dryRun, fieldValidation: 'Strict' });
  } catch (error) {
    if (!isOutcomeUnknown(error) || options.signal?.aborted || options.dryRun) throw error;
    return findMade(client, run, options, error);
  }
}

function runObject(wanted: NewRun, random: Random): Run {
  return {
    apiVersion: API_VERSION,
    kind: 'Run',
    metadata: {
      namespace: wanted.namespace,
      name:
        wanted.name ??
        `${(wanted.generateName ?? 'run-').slice(0, MAX_RUN_NAME - RANDOM_LETTERS)}${letters(random)}`,
      finalizers: [FINALIZER.exitOwed],
      ...(wanted.labels ? { labels: { ...wanted.labels } } : {}),
      ...(wanted.annotations ? { annotations: { ...wanted.annotations } } : {}),
      ...(wanted.owner
        ? { ownerReferences: [{ ...wanted.owner, controller: true, blockOwnerDeletion: false }] }
        : {}),
    },
    spec: wanted.spec,
  };
}

function letters(random: Random): string {
  return Array.from({ length: RANDOM_LETTERS }, () =>
    ALPHABET.charAt(Math.floor(random() * ALPHABET.length)),
  ).join('');
}

async function findMade(client: KubeClient, run: Run, options: EffectOptions, error: unknown): Promise<Run> {
  const { namespace = '', name = '' } = run.metadata;
  try {
    const found = await client.get(runs, { namespace, name }, withSignal(options));
    if (holdsAll(found.spec, run.spec)) return found;
  } catch (readError) {
    if (!(readError instanceof NotFoundError)) throw readError;
  }
  throw error;
}

/** Whether a stored value has all that was asked for; the API may have added defaults. */
function holdsAll(stored: unknown, wanted: unknown): boolean {
  if (typeof wanted !== 'object' || wanted === null) return stored === wanted;
  if (typeof stored !== 'object' || stored === null) return false;
  const has = stored as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([field, value]) => value === undefined || holdsAll(has[field], value));
}
