import { Socket } from 'node:net';
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely';
import { Pool, type PoolClient } from 'pg';
import { systemClock } from '../../ports/clock.ts';
import { StoreDenied } from '../errors.ts';
import type { Database } from './database.ts';
import { isAnswer } from './storeError.ts';

/** Two for what is written, the rest for pages that people read; a small PostgreSQL allows 100 in all. */
const MAX_CONNECTIONS = 6;
/** A server that does not take a connection for so long is counted as away. */
const CONNECT_MS = 10_000;
/** No statement of ours takes a second when all is well. */
const STATEMENT_MS = 30_000;
/** Longer than the server's own limit, for an answer that never comes because the network lost it. */
const ANSWER_MS = 40_000;
/** A transaction whose client vanished holds its locks no longer than this. */
const IDLE_IN_TRANSACTION_MS = 60_000;
/** Settings of a connection, by PostgreSQL's names, in ms. */
const LIMITS = {
  statement_timeout: STATEMENT_MS,
  idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
};

/** When it is closed, what runs is let finish for so long. A server that is silent must not hold up the end of a process. */
const FINISH_MS = 5_000;

/** A PostgreSQL 14 or newer. Refuses a URL that is none; its password appears in no message. */
export function openPostgres(setting: string): Database {
  // Out of a file it often ends in a line feed.
  const url = setting.trim();
  if (!URL.canParse(url) || !/^postgres(ql)?:\/\//.test(url))
    throw new StoreDenied(
      'opening the database',
      'Its URL must read postgres://user:password@host:5432/database',
    );
  const sockets = new Set<Socket>();
  const pool = soundConnections((limits) => newPool(url, limits, sockets));
  const sql: Database['sql'] = new Kysely({ dialect: new PostgresDialect({ pool }) });
  const close = async () => {
    const timer = systemClock.after(FINISH_MS, () => {
      for (const socket of sockets) socket.destroy();
    });
    await sql.destroy();
    timer.cancel();
  };
  let closed: Promise<void> | undefined;
  return { sql, isLost: () => false, close: () => (closed ??= close()) };
}

function kept(sockets: Set<Socket>, socket: Socket): Socket {
  sockets.add(socket);
  return socket.once('close', () => sockets.delete(socket));
}

function newPool(connectionString: string, limits: Partial<typeof LIMITS>, sockets: Set<Socket>): Pool {
  const pool = new Pool({
    connectionString,
    stream: () => kept(sockets, new Socket()),
    application_name: 'endwell',
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout: ANSWER_MS,
    ...limits,
    keepAlive: true,
    allowExitOnIdle: true,
  });
  // A connection that breaks is replaced when one is next needed; without a listener it would end the process. The pool
  // hears those that are idle; one that is in use, and breaks between two statements, says it itself.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** What PgBouncer says of a setting that it can't hold for a client, because its connections are not the server's. */
const POOLER_REFUSES = /unsupported startup parameter/;
/** The same limits, where a connection is the client's for as long as a transaction lasts. */
const LIMITS_OF_TRANSACTION = Object.entries(LIMITS)
  .map(([name, ms]) => `set local ${name} = ${ms}`)
  .join('; ');

/**
 * Connections with our limits; to a pooler that refuses these, connections without, whose transactions have them. One on which
 * anything failed other than by the server's answer is not used again.
 */
function soundConnections(open: (limits: Partial<typeof LIMITS>) => Pool): PostgresPool {
  const limited = open(LIMITS);
  let pool = limited;
  async function connect(): Promise<PoolClient> {
    const asked = pool;
    try {
      return await asked.connect();
    } catch (error) {
      if (asked !== limited || !POOLER_REFUSES.test((error as Error).message)) throw error;
      if (pool === limited) pool = open({});
      return pool.connect();
    }
  }
  return {
    async end() {
      await limited.end();
      if (pool !== limited) await pool.end();
    },
    async connect() {
      const client = await connect();
      let isBroken = false;
      const query = async (text: string, parameters: readonly unknown[]) => {
        try {
          const answer = await client.query(text, [...parameters]);
          if (pool !== limited && isBegin(text)) await client.query(LIMITS_OF_TRANSACTION);
          return answer;
        } catch (error) {
          isBroken ||= !isAnswer(error);
          throw error;
        }
      };
      return { query, release: () => client.release(isBroken) } as unknown as PostgresPoolClient;
    },
  };
}

function isBegin(text: string): boolean {
  return /^(begin|start transaction)\b/.test(text);
}
