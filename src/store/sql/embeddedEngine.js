/*
 * PostgreSQL as WebAssembly (PGlite), apart from the threads that serve. Plain JavaScript, because Node is to load this
 * file as it stands: as a process, `node embeddedEngine.js FOLDER [ARCHIVE]`, it makes the files of a database, packs them
 * where an archive is named, and ends; as a worker thread it opens them and answers queries until it is told to close.
 * What is said to it and by it: engine.ts.
 */
import { writeFileSync } from 'node:fs';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';

/** Of shared memory; the 128 MB of PostgreSQL's default would all be this process's. */
const SETTINGS = ['shared_buffers = 16MB'];

if (isMainThread) await makeFiles(process.argv[2], process.argv[3]);
else if (parentPort !== null) await serve(parentPort, workerData.dataDir);

/**
 * @param {string | undefined} dataDir
 * @param {string | undefined} archive
 */
async function makeFiles(dataDir, archive) {
  const database = await PGlite.create({ dataDir, postgresqlconf: SETTINGS });
  if (archive !== undefined) {
    await database.query('CHECKPOINT');
    const packed = await database.dumpDataDir('gzip');
    writeFileSync(archive, Buffer.from(await packed.arrayBuffer()));
  }
  await database.close();
}

/**
 * @param {import('node:worker_threads').MessagePort} port
 * @param {string} dataDir
 */
async function serve(port, dataDir) {
  const database = await PGlite.create({ dataDir });
  port.on('message', async (call) => {
    if (call.kind === 'close') {
      await database.close();
      port.close();
      return;
    }
    port.postMessage(await answerOf(database, call));
  });
  port.postMessage({ kind: 'ready' });
}

/**
 * @param {PGlite} database
 * @param {{ id: number, text: string, values: unknown[] }} call
 */
async function answerOf(database, { id, text, values }) {
  try {
    const { rows, affectedRows = 0, command } = await database.query(text, values);
    return { kind: 'rows', id, result: { rows, rowCount: affectedRows, command } };
  } catch (error) {
    // A copy of an error in another thread has lost its code.
    return {
      kind: 'error',
      id,
      message: error?.message ?? String(error),
      code: error?.code,
      severity: error?.severity,
    };
  }
}
