import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { BenchError } from './benchError.ts';

/** JSON there and back, as everybody in a round does it: about half a second. Prints what it took, ms. */
const WORK = `
const pods = Array.from({ length: 1000 }, (_, index) => ({ name: 'pod-' + index, labels: { run: 'r' + index }, index }));
const before = performance.now();
let text = JSON.stringify(pods);
for (let time = 0; time < 400; time += 1) text = JSON.stringify(JSON.parse(text));
console.log(performance.now() - before);
`;

/**
 * What a piece of work that is always the same takes at the moment when every core does it, ms: the mean of the cores. A
 * virtual machine shares its processor with others that it does not see, and is half as fast at some times as at others.
 */
export async function sameWorkMs(): Promise<number> {
  const times = await Promise.all(Array.from({ length: availableParallelism() }, workOnce));
  return times.reduce((total, ms) => total + ms, 0) / times.length;
}

async function workOnce(): Promise<number> {
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', WORK]);
    return Number(stdout);
  } catch (cause) {
    throw new BenchError('measuring how fast the machine is: the work did not end', { cause });
  }
}
