import { usageError } from '../../cliError.ts';

/** Flags that describe a run whatever its containers are. */
export interface SpecFlags {
  readonly profile?: string;
  readonly subject?: string;
  readonly queue?: string;
  readonly priority?: string;
  readonly dedupeKey?: string;
  readonly whenActive?: string;
  readonly runSeconds?: string;
  readonly maxAttempts?: string;
}

/** The fields of a run's spec that flags set; nothing for a flag that was not given. */
export function specOfFlags(flags: SpecFlags): Record<string, unknown> {
  const { profile, queue, subject, priority, dedupeKey, whenActive, runSeconds, maxAttempts } = flags;
  const dedupe = {
    ...(dedupeKey === undefined ? {} : { key: dedupeKey }),
    ...(whenActive === undefined ? {} : { whenActive }),
  };
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(queue === undefined ? {} : { queue }),
    ...(subject === undefined ? {} : { subject: readSubject('--subject', subject) }),
    ...(priority === undefined ? {} : { priority: wholeNumber('--priority', priority) }),
    ...(Object.keys(dedupe).length === 0 ? {} : { dedupe }),
    ...(runSeconds === undefined
      ? {}
      : { limits: { runSeconds: wholeNumber('--run-seconds', runSeconds, 'of seconds') } }),
    ...(maxAttempts === undefined
      ? {}
      : { retry: { maxAttempts: wholeNumber('--max-attempts', maxAttempts) } }),
  };
}

/** Reads `KIND/ID`; the id may hold further slashes. Refuses (exit code 2) anything else, naming `source`. */
export function readSubject(source: string, text: string): { kind: string; id: string } {
  const [, kind, id] = /^([^/]+)\/(.+)$/.exec(text) ?? [];
  if (kind === undefined || id === undefined) {
    throw usageError(`${source} ${text}: it must be KIND/ID, as connection/7f3c`);
  }
  return { kind, id };
}

/** Reads `NAME=VALUE`. */
export function pairOf(flag: string, text: string): [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw usageError(`${flag} ${text}: it must be NAME=VALUE`);
  return [text.slice(0, at), text.slice(at + 1)];
}

/** Environment of a container, from `--env NAME=VALUE`. */
export function envOf(pairs: readonly string[]): { name: string; value: string }[] {
  return pairs.map((pair) => {
    const [name, value] = pairOf('--env', pair);
    return { name, value };
  });
}

function wholeNumber(flag: string, text: string, unit = ''): number {
  if (!/^-?\d{1,9}$/.test(text)) {
    throw usageError(`${flag} ${text}: it must be a whole number${unit === '' ? '' : ` ${unit}`}`);
  }
  return Number(text);
}
