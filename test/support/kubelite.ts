import { type Kubelite, type KubeliteOptions, startKubelite } from '../../src/kubelite/kubelite.ts';
import { systemClock, systemRandom } from '../../src/ports/clock.ts';

const SILENT = { info: () => {}, warn: () => {}, error: () => {} };

/** A kubelite on the machine's clock that logs nothing. */
export function openKubelite(options: Pick<KubeliteOptions, 'dataDir' | 'kubelet'>): Promise<Kubelite> {
  return startKubelite({ ...options, clock: systemClock, random: systemRandom, log: SILENT });
}
