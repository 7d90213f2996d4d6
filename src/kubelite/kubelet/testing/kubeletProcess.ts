import { join } from 'node:path';
import { systemClock, systemRandom } from '../../../ports/clock.ts';
import { startScheduler } from '../../scheduler/startScheduler.ts';
import { openDurableStorage } from '../../storage/durable.ts';
import { startProcessKubelet } from '../startProcessKubelet.ts';
import { create, podNamed, silentLog, testRegistry } from './testRegistry.ts';

/**
 * A process to be killed: API and kubelet on one folder. Arguments: the folder, the number of pods. Pod `p<i>` notes its
 * start in `starts/p<i>` of the folder, runs for a while and exits with i. Prints `begun` when all pods are stored, and
 * `ended` when all have ended.
 */
const [folder = '', count = '0'] = process.argv.slice(2);
const registry = await testRegistry(systemClock, await openDurableStorage(join(folder, 'api')));
await startProcessKubelet({
  registry,
  dataDir: join(folder, 'kubelet'),
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
  nodeName: 'local',
});
startScheduler({ registry, clock: systemClock, log: silentLog });

const names = Array.from({ length: Number(count) }, (_, index) => `p${index}`);
for (const [index, name] of names.entries()) {
  if (podNamed(registry, name)) continue;
  const script = `echo start >> ${folder}/starts/${name}; sleep 0.${index % 10}; exit ${index}`;
  const containers = [{ name: 'main', image: 'example/any', command: ['/bin/sh', '-c', script] }];
  await create(registry, 'Pod', 'pods', { metadata: { name }, spec: { restartPolicy: 'Never', containers } });
}
process.stdout.write('begun\n');

const PHASES = ['Succeeded', 'Failed'];
// Keeps the process alive until all pods have ended.
const look = setInterval(() => {
  if (!names.every((name) => PHASES.includes(podNamed(registry, name)?.status?.phase ?? ''))) return;
  clearInterval(look);
  const codes = names.map((name) => podNamed(registry, name)?.status?.containerStatuses?.[0]);
  const ends = codes.map((status) => [
    status?.state?.terminated?.exitCode,
    status?.state?.terminated?.reason,
  ]);
  process.stdout.write(`ended ${JSON.stringify(ends)}\n`, () => process.exit(0));
}, 20);
