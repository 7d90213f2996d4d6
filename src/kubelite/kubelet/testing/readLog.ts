import type { PodLogRequest, PodLogSource } from '../../types.ts';

/** The log of container `main` of a pod in `default`, whole unless `asked` says otherwise; of what is followed, all until its end. */
export async function readLog(
  logs: PodLogSource,
  pod: string,
  asked: Partial<PodLogRequest> = {},
): Promise<string> {
  const stream = await logs.openLog({
    namespace: 'default',
    pod,
    container: 'main',
    follow: false,
    previous: false,
    timestamps: false,
    tailLines: undefined,
    limitBytes: undefined,
    since: undefined,
    signal: new AbortController().signal,
    ...asked,
  });
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString('latin1');
}
