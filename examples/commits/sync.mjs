// Joins a source and a destination: sync.mjs SOURCE… -- DESTINATION…
// Prints each state that the destination acknowledged, and at the end how many records went through.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const words = process.argv.slice(2);
const middle = words.indexOf('--');
if (middle < 1 || middle === words.length - 1) {
  console.error('sync: usage: sync.mjs SOURCE… -- DESTINATION…');
  process.exit(2);
}

console.log(`sync: process ${process.pid}`);
const source = start(words.slice(0, middle), ['ignore', 'pipe', 'inherit']);
const destination = start(words.slice(middle + 1), ['pipe', 'pipe', 'inherit']);
const ends = Promise.all([once(source, 'close'), once(destination, 'close')]);
let read = 0;
let acknowledged = 0;

const states = (async () => {
  for await (const line of createInterface({ input: destination.stdout })) {
    const message = JSON.parse(line);
    acknowledged = message.state?.destinationStats?.recordCount ?? acknowledged;
    console.log(`state acknowledged after ${acknowledged} records`);
  }
})();

for await (const line of createInterface({ input: source.stdout })) {
  const message = parse(line);
  if (message === undefined) continue;
  if (message.type === 'RECORD') read += 1;
  if (message.type !== 'RECORD' && message.type !== 'STATE') continue;
  if (!destination.stdin.write(`${line}\n`)) await once(destination.stdin, 'drain');
}
destination.stdin.end();
const [[sourceCode], [destinationCode]] = await ends;
await states;
console.log(`records read ${read}, written ${acknowledged}`);
if (sourceCode !== 0) fail(`the source ended with ${sourceCode}`);
if (destinationCode !== 0) fail(`the destination ended with ${destinationCode}`);
if (acknowledged !== read) fail(`${read} records were read and ${acknowledged} acknowledged`);

function start([program, ...args], stdio) {
  const child = spawn(program, args, { stdio });
  child.on('error', (error) => fail(`${program}: ${error.message}`));
  child.stdin?.on('error', () => {});
  return child;
}

/** A line that is no protocol message is a log line of the source. */
function parse(line) {
  try {
    return JSON.parse(line);
  } catch {
    console.log(`source: ${line}`);
    return undefined;
  }
}

function fail(sentence) {
  console.error(`sync: ${sentence}`);
  process.exit(1);
}
