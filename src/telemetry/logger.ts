import { pino } from 'pino';
import type { Clock } from '../ports/clock.ts';
import { redactSecrets } from './redactSecrets.ts';

/** Variables of one log line. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A log message is a constant sentence; what varies is a field. Fields with secrets in them are masked. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds these fields to each line. */
  child(fields: LogFields): Logger;
}

/** What is logged, and where its lines go. */
export interface LoggerOptions {
  readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  readonly clock: Clock;
  /** Gets each line with its line feed; default standard error. */
  readonly write?: (line: string) => void;
}

/** The subset of pino that we use. */
interface PinoLike {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  child(fields: object): PinoLike;
  isLevelEnabled(level: Level): boolean;
}

type Level = 'debug' | 'info' | 'warn' | 'error';

/** One JSON object a line: level as a word, time as RFC 3339 of the given clock, message, fields. */
export function createLogger(options: LoggerOptions): Logger {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  return wrap(
    pino(
      {
        level: options.level,
        base: null,
        timestamp: () => `,"time":"${new Date(options.clock.now()).toISOString()}"`,
        formatters: { level: (label) => ({ level: label }) },
      },
      { write },
    ),
  );
}

function wrap(inner: PinoLike): Logger {
  // What is not written is not looked through for secrets either.
  const at =
    (level: Level) =>
    (message: string, fields: LogFields = {}) => {
      if (inner.isLevelEnabled(level)) inner[level](clean(fields), message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(inner.child(clean(fields))),
  };
}

function clean(fields: LogFields): object {
  return redactSecrets(fields) as object;
}
