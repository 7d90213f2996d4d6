// npm run bench [-- NAME…]: figures of this machine, as a table. Nothing here passes or fails.
import { benches, onCluster } from './benches.ts';
import { printTable, writeReference } from './report.ts';

const wanted = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const all = [...benches, ...onCluster];
const chosen = wanted.length === 0 ? benches : all.filter(({ name }) => wanted.includes(name));
if (chosen.length === 0) {
  console.error(`bench: no such bench. There are: ${all.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const rows = [];
for (const bench of chosen) {
  process.stderr.write(`bench: ${bench.name} …\n`);
  rows.push(...(await bench.measure()));
}
printTable(rows);
if (process.argv.includes('--write')) writeReference(rows);
