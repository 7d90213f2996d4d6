import { ApiError } from '../../../contract/apiError.ts';
import type { ApiClient } from '../../../contract/client.ts';
import type { SubjectKillAnswer } from '../../../contract/routes/subjects.ts';
import type { RunRef } from '../../../core/naming/runKey.ts';
import { runTitle } from '../../../core/omjob/title.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { requestOf } from '../../runRef.ts';
import { namespaceOf, type RunOptions, withApi } from '../run/runOptions.ts';
import { readSubject } from '../run/specFlags.ts';

/** Options of `subject kill`. */
export interface KillOptions extends Omit<RunOptions, 'output'> {
  readonly foreign?: boolean;
  readonly output?: 'json' | 'yaml';
}

/** How long one request waits for all ends: each end is told within it. */
const WAIT_SECONDS = 5;

/** What is being ended and has not been told of yet, by kind and name. */
interface Ending {
  readonly kind: RunRef['kind'] | 'pod';
  readonly name: string;
}

/** `endwell subject kill`: asks, tells each end as it comes, and returns when all is over. */
export async function kill(context: CliContext, text: string, options: KillOptions): Promise<ExitCode> {
  const subject = readSubject('subject', text);
  const namespace = namespaceOf(options);
  return withApi(context, options, async ({ api }) => {
    const ask = async (asOf: string | undefined) => {
      const waiting = asOf === undefined ? {} : { asOf, waitSeconds: WAIT_SECONDS };
      const body = { foreign: options.foreign === true, ...waiting };
      const input = { params: subject, query: { namespace }, body, signal: context.interrupted };
      return (await api.call('killSubject', input)).body;
    };
    const first = await ask(undefined);
    const view = new KillView(context, api, first, text);
    try {
      view.tellStart();
      for (let now = first; await view.isGoingOn(now); ) now = await ask(first.asOf);
    } catch (error) {
      if (!context.interrupted.aborted) throw error;
      view.tellInterrupted();
      return EXIT.interrupted;
    }
    await view.tellEnd(options.output);
    return EXIT.ok;
  });
}

/** Says on standard error what is ending and how it ended, and at last what was ended in all. */
class KillView {
  readonly #context: CliContext;
  readonly #api: ApiClient;
  readonly #first: SubjectKillAnswer;
  readonly #text: string;
  readonly #open = new Map<string, Ending>();
  readonly #ends = new Map<string, string>();

  constructor(context: CliContext, api: ApiClient, first: SubjectKillAnswer, text: string) {
    this.#context = context;
    this.#api = api;
    this.#first = first;
    this.#text = text;
    for (const { uid, kind = 'Run', name } of first.runs) this.#open.set(uid, { kind, name });
    for (const { uid, name } of first.pods) this.#open.set(uid, { kind: 'pod', name });
  }

  tellStart(): void {
    const { runs, pods, unseen } = this.#first;
    if (unseen !== undefined) this.#context.err(`${unseen}\n`);
    for (const { kind = 'Run', name, phase } of runs)
      this.#context.err(`ending ${runTitle({ kind, name })} (${phase})\n`);
    for (const { name, owner } of pods) {
      const maker = owner === undefined ? '' : `; ${owner} made it, and may make another`;
      this.#context.err(`ending pod ${name}, which belongs to no run${maker}\n`);
    }
  }

  /** Tells what has ended by now; whether something has not. */
  async isGoingOn({ runs, pods }: SubjectKillAnswer): Promise<boolean> {
    const alive = new Set([...runs, ...pods].filter(({ ended }) => !ended).map(({ uid }) => uid));
    for (const [uid, ending] of this.#open) {
      if (alive.has(uid)) continue;
      this.#open.delete(uid);
      const how =
        ending.kind === 'pod' ? 'is gone' : await this.#endOf({ kind: ending.kind, name: ending.name }, uid);
      this.#ends.set(uid, how);
      this.#context.err(`${titleOf(ending)} ${how}\n`);
    }
    return this.#open.size > 0;
  }

  async #endOf(run: Pick<RunRef, 'kind' | 'name'>, uid: string): Promise<string> {
    try {
      const ref = { ...run, namespace: this.#first.namespace };
      const { body } = await this.#api.call('getRun', requestOf(ref));
      const { phase, main } = body.status ?? {};
      if (body.metadata.uid !== uid || phase === undefined) return 'is gone';
      return main?.reason === undefined || main.reason === phase
        ? `has ended: ${phase}`
        : `has ended: ${phase}, ${main.reason}`;
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return 'is gone';
      throw error;
    }
  }

  tellInterrupted(): void {
    const where = this.#first.namespace === 'default' ? '' : ` --namespace ${this.#first.namespace}`;
    const open = [...this.#open.values()].map(titleOf).join(', ');
    this.#context.err(
      `\n${open === '' ? 'what was alive' : open} goes on ending: it was asked to, and nothing takes that back. Watch it: endwell run list --watch${where}\n`,
    );
  }

  async tellEnd(output: KillOptions['output']): Promise<void> {
    const { runs, pods, namespace } = this.#first;
    if (output !== undefined) {
      const answer = {
        ...this.#first,
        runs: runs.map((run) => ({ ...run, ended: true, end: this.#ends.get(run.uid) ?? '' })),
        pods: pods.map((pod) => ({ ...pod, ended: true })),
      };
      const { toYaml } = await import('../../output/yaml.ts');
      this.#context.out(output === 'json' ? `${JSON.stringify(answer, null, 2)}\n` : toYaml(answer));
      return;
    }
    const what = [count(runs.length, 'run'), ...(pods.length === 0 ? [] : [count(pods.length, 'pod')])];
    this.#context.out(
      runs.length + pods.length === 0
        ? `nothing runs for ${this.#text} in namespace ${namespace}\n`
        : `ended ${what.join(' and ')} of ${this.#text}\n`,
    );
  }
}

function titleOf({ kind, name }: Ending): string {
  return kind === 'pod' ? `pod ${name}` : runTitle({ kind, name });
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
