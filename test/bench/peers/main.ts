// npm run bench:peers [-- SCENARIO|SYSTEM… --write]: Endwell and its peers, each in turn on a fresh control plane with
// simulated nodes. What it needs and what its figures are not: README.md of this folder.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePart } from '../referencePage.ts';
import { BenchError } from './benchError.ts';
import { compare } from './compare.ts';
import { readRequest, usage } from './request.ts';
import type { Results } from './results.ts';
import { tables } from './tables.ts';

const argv = process.argv.slice(2);
if (argv.includes('--help')) console.log(usage());
else process.exitCode = await main();

async function main(): Promise<number> {
  const results: Results = { rounds: [], writes: [], kept: [], crds: [], decisionsPerSecond: undefined };
  const interrupted = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => interrupted.abort(new BenchError(`measuring: ended by ${signal}`)));
  try {
    const request = readRequest(argv);
    const folder = () => mkdtempSync(join(tmpdir(), 'endwell-peers-'));
    await compare(request, folder, results, interrupted.signal);
    console.log(tables(results));
    if (request.writesPage === 'write the page') writePart('peers', page(results));
    return 0;
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    if (results.rounds.length > 0) console.log(tables(results));
    console.error(
      `bench:peers: ${error.message}${error.cause instanceof Error ? ` (${error.cause.message})` : ''}`,
    );
    return 1;
  }
}

function page(results: Results): string {
  return `## Beside peers\n\n\`npm run bench:peers -- ${argv.join(' ')}\`. How it is measured, and what its figures are not: test/bench/peers/README.md.\n\n${tables(results)}`;
}
