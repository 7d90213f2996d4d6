import type { KubeClient, ObjectRef } from '../../kube/types.ts';

/** Which bytes of a container's log. */
export interface LogRange {
  readonly container: string;
  /** Bytes to leave out at the beginning. */
  readonly after: number;
  /** Most bytes to give; undefined: all. */
  readonly limitBytes: number | undefined;
  readonly tailLines: number | undefined;
  readonly sinceSeconds: number | undefined;
  readonly follow: boolean;
}

/**
 * The bytes of a range as they come. The API of Kubernetes knows no offset, so what stands before it is read and
 * dropped; a kubelet rotates logs at 10 MiB, which bounds that.
 */
export async function* readLog(
  client: KubeClient,
  ref: ObjectRef,
  range: LogRange,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { container, after, limitBytes, tailLines, sinceSeconds, follow } = range;
  const bytes = await client.podLog(ref, {
    container,
    follow,
    signal,
    ...(limitBytes === undefined ? {} : { limitBytes: after + limitBytes }),
    ...(tailLines === undefined ? {} : { tailLines }),
    ...(sinceSeconds === undefined ? {} : { sinceSeconds }),
  });
  let toDrop = after;
  let left = limitBytes ?? Number.POSITIVE_INFINITY;
  for await (const chunk of bytes) {
    const dropped = Math.min(toDrop, chunk.length);
    toDrop -= dropped;
    const kept = chunk.subarray(dropped, dropped + left);
    left -= kept.length;
    if (kept.length > 0) yield kept;
    if (left <= 0) return;
  }
}
