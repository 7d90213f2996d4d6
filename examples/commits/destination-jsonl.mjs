// An Airbyte destination that writes JSON lines, one folder a stream, one partition a month.
// destination-jsonl.mjs write --folder DIR
import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [command, flag, folder] = process.argv.slice(2);
if (command !== 'write' || flag !== '--folder' || folder === undefined) {
  console.error('destination-jsonl: usage: destination-jsonl.mjs write --folder DIR');
  process.exit(1);
}

const partitions = new Map();
let written = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line);
  if (message.type === 'RECORD') write(message.record);
  if (message.type === 'STATE') acknowledge(message);
}
for (const file of partitions.values()) closeSync(file);
console.error(`destination-jsonl: ${written} records in ${partitions.size} partitions`);

function write({ stream, data }) {
  const month = String(data.date ?? data.updated_at ?? 'unknown').slice(0, 7);
  const partition = join(folder, stream, `month=${month}`);
  if (!partitions.has(partition)) {
    mkdirSync(partition, { recursive: true });
    partitions.set(partition, openSync(join(partition, 'part-0.jsonl'), 'w'));
  }
  writeSync(partitions.get(partition), `${JSON.stringify(data)}\n`);
  written += 1;
}

/** A state is given back only when everything before it is on disk. */
function acknowledge(message) {
  for (const file of partitions.values()) fsyncSync(file);
  message.state.destinationStats = { recordCount: written };
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
