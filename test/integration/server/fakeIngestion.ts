import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Stands for the ingestion image: a `python` that does what `main.py` and `exit_handler.py` do, as far as the outside sees it.
 * Main writes its variables and runs as long as the file `hold` is in the folder; the handler writes what it was told.
 */
export function fakeIngestion(): { readonly folder: string; readonly settings: Record<string, unknown> } {
  const folder = mkdtempSync(join(tmpdir(), 'endwell-ingestion-'));
  const python = join(folder, 'python');
  writeFileSync(
    python,
    `#!/bin/sh
case "$1" in
  exit_handler.py) echo "handler $pipelineStatus $pipelineRunId $jobName" >> ${folder}/handled ;;
  *) echo "$* $pipelineType $ingestionPipelineFQN $pipelineRunId"; printf '%s' "$config" > ${folder}/config
     while [ -e ${folder}/hold ]; do sleep 0.05; done ;;
esac
`,
  );
  chmodSync(python, 0o755);
  return {
    folder,
    settings: { extraEnvVars: [`PATH:${folder}:/usr/bin:/bin`], serviceAccountName: 'default' },
  };
}
