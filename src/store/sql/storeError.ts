import {
  StoreDenied,
  StoreError,
  StoreFull,
  StoreRefused,
  StoreUnavailable,
  StoreVersion,
} from '../errors.ts';

/** No class begins with E, but EPIPE, of the system, has five letters too. */
const SQLSTATE = /^(?!E)[0-9A-Z]{5}$/;

/** An error class, by the SQLSTATEs that mean it (PostgreSQL, appendix A): five characters, or a class of two. First match wins. */
const BY_CODE: readonly {
  codes: readonly string[];
  make: (message: string, cause: unknown) => StoreError;
}[] = [
  {
    codes: ['53100', '25006', '58030'],
    make: (message, cause) =>
      new StoreFull(message, 'Give the database room, or point to the one that takes writes', cause),
  },
  {
    codes: ['28', '3D', '42501'],
    make: (message, cause) =>
      new StoreDenied(
        message,
        'Check user, password and database of the database URL, and the rights',
        cause,
      ),
  },
  {
    codes: ['3F', '42'],
    make: (message, cause) =>
      new StoreVersion(
        message,
        'The tables are not those of this version: see what else writes there',
        cause,
      ),
  },
  {
    codes: ['21', '22', '23', '54'],
    make: (message, cause) => new StoreRefused(message, 'The database can never take this value', cause),
  },
];

/**
 * What a failed use of the database means for whoever asked. Everything that is not known to be final counts as
 * unavailable: no answer, a lost connection, a timeout, a deadlock.
 */
export function storeError(action: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = codeOf(cause);
  const row = BY_CODE.find(({ codes }) =>
    codes.some((known) => code !== undefined && isOfClass(code, known)),
  );
  const message = `${action}: ${describe(cause)}`;
  return row?.make(message, cause) ?? unknown(message, code, cause);
}

/** What the network says of a server that is not there: a code of the system, or the words of `pg`. */
const NOT_REACHED = /^E(CONN|HOST|NET|PIPE|TIMEDOUT|NOTFOUND|AI_)/;
const NOT_REACHED_WORDS = /connection terminated|connection timeout|timeout expired/i;
/** What `pg` says of bytes that PostgreSQL would not send. */
const NOT_POSTGRES = /received invalid response|error response to the SSL|does not support SSL/i;

function unknown(message: string, code: string | undefined, cause: unknown): StoreError {
  if (NOT_POSTGRES.test(message))
    return new StoreDenied(
      message,
      'See that host and port of the database URL are those of a PostgreSQL, and whether it takes TLS',
      cause,
    );
  const isNotReached = NOT_REACHED.test(code ?? '') || NOT_REACHED_WORDS.test(message);
  const advice = 'See that the database runs, at the host and port of the database URL. ';
  return new StoreUnavailable(message, `${isNotReached ? advice : ''}It is tried again`, cause);
}

/** Whether an error is an answer of the database: then the connection that brought it is sound. */
export function isAnswer(error: unknown): boolean {
  return SQLSTATE.test(codeOf(error) ?? '');
}

function isOfClass(code: string, known: string): boolean {
  return SQLSTATE.test(code) && code.startsWith(known);
}

function codeOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** Node puts the refusals of several addresses into one error that says nothing itself. */
function describe(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describe).join(', ');
  return error instanceof Error ? error.message : String(error);
}
