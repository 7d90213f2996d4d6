import { dryRunPods } from '../actions/dryRunPods.ts';
import { freezeTemplate, readTemplate } from '../actions/freezeTemplate.ts';
import type { EffectOptions } from '../actions/target.ts';
import { plannedPods } from '../core/manifest/plannedPods.ts';
import { templateName } from '../core/naming/naming.ts';
import { type ResolvedTemplate, resolveTemplate } from '../core/profile/resolveTemplate.ts';
import { isTrue } from '../core/run/conditions.ts';
import { isTerminal } from '../core/run/phases.ts';
import type { Run, RunTemplate } from '../core/run/run.ts';
import type { KubeClient } from '../kube/types.ts';
import type { Clock } from '../ports/clock.ts';

/** The part of a snapshot that says which pods the run has, or why it can have none. */
export interface TemplateFacts {
  readonly template: RunTemplate | undefined;
  readonly templateName: string | undefined;
  readonly specInvalid: string | undefined;
}

/** What decides whether anything can be stored beside the run. */
interface Whereabouts {
  readonly namespaceTerminating: boolean;
}

/** Templates of all runs are few, as runs share them; a kilobyte each. */
const MAX_KNOWN = 1_000;

/** What could not be judged is asked about again, but not for each run of a burst. */
const UNKNOWN_FOR_MS = 30_000;

const NONE: TemplateFacts = { template: undefined, templateName: undefined, specInvalid: undefined };

interface Judgement {
  readonly problems: readonly string[];
  /** Monotonic ms until which it holds. */
  readonly until: number;
}

type Resolution =
  | { readonly template: RunTemplate; readonly name: string; readonly invalid?: undefined }
  | (ResolvedTemplate & { readonly template?: undefined; readonly name?: undefined });

/** Resolves, judges, freezes and remembers templates. Content makes the name, so what is remembered never grows stale. */
export class Templates {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #judges: boolean;
  readonly #known = new Map<string, RunTemplate>();
  /** Those that are being stored; never rejects. */
  readonly #freezing = new Map<string, Promise<void>>();
  readonly #judged = new Map<string, Judgement>();
  /** By run and generation: a run is looked at some times before it is accepted. */
  readonly #resolutions = new Map<string, Resolution>();

  /** `mode` observe: the API server is not asked to judge, so that nothing but reads is sent. */
  constructor(parts: {
    readonly client: KubeClient;
    readonly clock: Clock;
    readonly mode: 'act' | 'observe';
  }) {
    this.#client = parts.client;
    this.#clock = parts.clock;
    this.#judges = parts.mode === 'act';
  }

  /** The frozen template of an accepted run; before that the one that its spec resolves to now. */
  async factsOf(run: Run, where: Whereabouts, options: EffectOptions): Promise<TemplateFacts> {
    if (isTerminal(run.status?.phase)) return NONE;
    if (run.kind === 'OMJob') return this.#ofOMJob(run, where, options);
    const frozen = run.status?.template;
    return frozen === undefined
      ? this.#resolved(run, where, options)
      : this.#frozen(run, frozen, where, options);
  }

  /** What is kept of the run's logs, as its template says; of one without a template, its spec. */
  async logsOf(run: Run, options: EffectOptions): Promise<NonNullable<RunTemplate['logs']>> {
    const { namespace = '' } = run.metadata;
    const name = run.status?.template;
    if (run.spec.logs !== undefined || name === undefined) return run.spec.logs ?? 'Tail';
    const key = `${namespace}/${name}`;
    const known = this.#known.get(key) ?? (await readTemplate(this.#client, { namespace, name }, options));
    if (known) keep(this.#known, key, known);
    return known?.logs ?? 'Tail';
  }

  /** Stores the template unless we know it to be stored. */
  async freeze(run: Run, template: RunTemplate, options: EffectOptions): Promise<void> {
    const namespace = run.metadata.namespace ?? '';
    const key = `${namespace}/${templateName(template)}`;
    // Runs of a burst share a template: one of them stores it, the others wait, and where that failed the next one tries.
    for (let other = this.#freezing.get(key); other; other = this.#freezing.get(key)) await other;
    if (this.#known.has(key)) return;
    const storing = freezeTemplate(this.#client, namespace, template, options).then(() =>
      keep(this.#known, key, template),
    );
    const settled = storing.catch(() => undefined).then(() => void this.#freezing.delete(key));
    this.#freezing.set(key, settled);
    await storing;
  }

  /** The stored revision of this key may go: it is no longer known to be there. */
  forget(key: string): void {
    this.#known.delete(key);
  }

  /** A new term of leadership: what was known to be stored may have been swept by another leader. */
  clear(): void {
    this.#known.clear();
  }

  async #resolved(run: Run, where: Whereabouts, options: EffectOptions): Promise<TemplateFacts> {
    const { template, name, invalid } = this.#resolve(run);
    if (template === undefined) return { ...NONE, specInvalid: invalid };
    const isGoing = run.metadata.deletionTimestamp !== undefined || where.namespaceTerminating;
    const judged = run.kind === 'OMJob' ? templateName(withoutValues(template)) : name;
    const problems = isGoing ? [] : await this.#judge(run, judged, template, options);
    const specInvalid = problems.length > 0 ? problems.join('; ') : undefined;
    return { template, templateName: name, specInvalid };
  }

  /**
   * An OMJob is its own template: it holds what is its alone, as the id of its run, so that no two would share a stored one.
   * What its spec says stands until its pods are made.
   */
  async #ofOMJob(run: Run, where: Whereabouts, options: EffectOptions): Promise<TemplateFacts> {
    const { template } = this.#resolve(run);
    if (isTrue(run.status, 'Accepted')) return { ...NONE, template };
    return { ...(await this.#resolved(run, where, options)), templateName: undefined };
  }

  #resolve(run: Run): Resolution {
    const key = `${run.metadata.uid}/${run.metadata.generation}`;
    const known = this.#resolutions.get(key);
    if (known) return known;
    const resolved = resolveTemplate(run);
    const { template } = resolved;
    const made = template === undefined ? resolved : { template, name: templateName(template) };
    keep(this.#resolutions, key, made);
    return made;
  }

  async #judge(
    run: Run,
    name: string,
    template: RunTemplate,
    options: EffectOptions,
  ): Promise<readonly string[]> {
    const key = `${run.metadata.namespace}/${name}`;
    const before = this.#judged.get(key);
    const now = this.#clock.monotonic();
    if (!this.#judges || this.#known.has(key)) return [];
    if (before && before.until > now) return before.problems;
    const answer = await dryRunPods(this.#client, plannedPods(run, template), options);
    const problems = answer.kind === 'invalid' ? answer.problems : [];
    const until = answer.kind === 'unknown' ? now + UNKNOWN_FOR_MS : Number.POSITIVE_INFINITY;
    keep(this.#judged, key, { problems, until });
    return problems;
  }

  async #frozen(run: Run, name: string, where: Whereabouts, options: EffectOptions): Promise<TemplateFacts> {
    const namespace = run.metadata.namespace ?? '';
    const key = `${namespace}/${name}`;
    const known = this.#known.get(key) ?? (await readTemplate(this.#client, { namespace, name }, options));
    if (known) keep(this.#known, key, known);
    const template = known ?? (await this.#restored(run, name, where, options));
    return { template, templateName: name, specInvalid: undefined };
  }

  /**
   * Somebody deleted the revision: where the spec still resolves to the same content, it is stored again. A namespace
   * that is being deleted takes its revisions with it and lets none be made; there no pod is built any more either.
   */
  async #restored(
    run: Run,
    name: string,
    where: Whereabouts,
    options: EffectOptions,
  ): Promise<RunTemplate | undefined> {
    const { template } = resolveTemplate(run);
    if (template === undefined || templateName(template) !== name) return undefined;
    if (this.#judges && !where.namespaceTerminating) await this.freeze(run, template, options);
    return template;
  }
}

/** The template without what differs from one OMJob of a pipeline to the next: no judgement hangs on the text of a variable. */
function withoutValues(template: RunTemplate): object {
  return JSON.parse(
    JSON.stringify(template, (field, value: unknown) =>
      field === 'env' && Array.isArray(value)
        ? value.map((variable: { value?: string }) => ({ ...variable, value: typeof variable.value }))
        : value,
    ),
  ) as object;
}

function keep<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next();
  if (map.size > MAX_KNOWN && !oldest.done) map.delete(oldest.value);
}
