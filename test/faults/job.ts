import type { PodTemplateOverlay, RunSpec } from '../../src/core/run/run.ts';
import { shell } from '../support/product.ts';
import { BEGIN_LIFE, tell } from './receiver.ts';

/** One run of the load, with what may become of it. */
export interface Job {
  readonly name: string;
  readonly spec: RunSpec;
  /** How it may end: `Succeeded Completed`, `Failed ExitCode 3`. Anything else is a wrong end. */
  readonly ends: readonly string[];
  /** May the handler be given up, with a stored reason? */
  readonly mayGiveUp?: boolean;
  /** A job of a namespace that goes away: its run is not expected to be there at the end. */
  readonly goes?: boolean;
}

/** What a job is made from; `url` is where its containers call. */
export interface JobParts {
  readonly url: string;
  readonly seconds: number;
  readonly code?: number;
  readonly main?: Partial<NonNullable<PodTemplateOverlay['spec']>>;
  readonly handlerSeconds?: number;
}

/** A run that works for some seconds, tells what it does, and has an exit handler that tells too. */
export function worker({ url, seconds, code = 0, main = {}, handlerSeconds = 0 }: JobParts): RunSpec {
  return {
    main: shell(mainScript(url, seconds, code), { terminationGracePeriodSeconds: 1, ...main }),
    exitHandler: shell(`${BEGIN_LIFE}; sleep ${handlerSeconds}; ${tell(url, 'exit')}`),
  };
}

/** What the main container of a worker runs. */
export function mainScript(url: string, seconds: number, code: number): string {
  return [
    BEGIN_LIFE,
    tell(url, 'main'),
    `sleep ${seconds}`,
    tell(url, 'end', String(code)),
    `exit ${code}`,
  ].join('; ');
}

/** Workers of which every third fails with a code of its own; they end within `seconds`, not all at once. */
export function workers(url: string, count: number, seconds: number): Job[] {
  return Array.from({ length: count }, (_, index) => {
    const code = index % 3 === 2 ? 3 : 0;
    const spec = worker({ url, seconds: (seconds * (index + 1)) / count, code });
    return { name: `r${index}`, spec, ends: [code === 0 ? 'Succeeded Completed' : 'Failed ExitCode 3'] };
  });
}
