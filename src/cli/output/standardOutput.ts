import { fstatSync, writeSync } from 'node:fs';

/** Writes a part of `bytes` from `from` on, and returns how many bytes it took: `fs.writeSync` of a file. */
export type WritePart = (bytes: Uint8Array, from: number) => number;

/**
 * What writes to standard output: for a file until all is written, or an error says why not. Node's own stream takes a
 * short write, which is what a disk gives that becomes full, for a whole one.
 */
export function outputTo(
  stream: NodeJS.WriteStream & { readonly fd: number },
): (data: string | Uint8Array) => void {
  if (!isFile(stream)) return (data) => void stream.write(data);
  return (data) => writeWhole(data, (bytes, from) => writeSync(stream.fd, bytes, from));
}

/** Writes all. Refuses (throws, saying so) where a part can't be written. */
export function writeWhole(data: string | Uint8Array, write: WritePart): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  try {
    for (let at = 0; at < bytes.length; ) at += write(bytes, at);
  } catch (cause) {
    throw new Error(`writing the output: ${(cause as Error).message}; what stands there is not whole`, {
      cause,
    });
  }
}

/** Pipes, sockets and terminals are streams; a closed descriptor is nothing at all. */
function isFile(stream: NodeJS.WriteStream & { readonly fd: number }): boolean {
  if (stream.isTTY) return false;
  try {
    const stat = fstatSync(stream.fd);
    return stat.isFile() || stat.isCharacterDevice();
  } catch {
    return false;
  }
}
