import type { Clock } from '../../../ports/clock.ts';
import type { KubeliteLog } from '../../types.ts';
import type { VolumeSources } from '../config/volumeFiles.ts';
import type { ImageTable } from './images.ts';
import type { MemoryWatch } from './memoryLimit.ts';
import type { SessionSweeper } from './sessions.ts';
import type { StartJournal } from './startJournal.ts';

/** What all pods of a process kubelet share. */
export interface ProcessTools {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: KubeliteLog;
  readonly images: ImageTable;
  readonly sources: VolumeSources;
  readonly journal: StartJournal;
  readonly memory: MemoryWatch;
  readonly sweeper: SessionSweeper;
  /** Set in every container unless image or pod say otherwise: PATH and the like. */
  readonly baseEnv: Readonly<Record<string, string>>;
}
