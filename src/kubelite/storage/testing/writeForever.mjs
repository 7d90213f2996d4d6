// Writes objects into the folder of its first argument until it is killed; prints the key of each answered write.
import { writeSync } from 'node:fs';
import { openDurableStorage } from '../durable.ts';

const storage = await openDurableStorage(process.argv[2]);
for (let number = 1; ; number++) {
  const key = `/configmaps/default/m${number}`;
  await storage.commit(() => [{ key, value: JSON.stringify({ number }) }], number);
  writeSync(1, `${key}\n`);
}
