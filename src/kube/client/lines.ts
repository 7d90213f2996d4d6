import { isUtf8 } from 'node:buffer';

const NEWLINE = 0x0a;

/** Cuts a stream of bytes into lines, so that no character is ever split by a chunk. */
export class LineCutter {
  readonly #maxBytes: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  /** Refuses a line of more than `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True when the bytes so far end within a line. */
  get isWithinLine(): boolean {
    return this.#length > 0;
  }

  /** The lines that `chunk` completes, without their newline. Throws RangeError (too long) or TypeError (not UTF-8). */
  *push(chunk: Uint8Array): Generator<string> {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
      yield this.#complete(bytes.subarray(start, end));
      start = end + 1;
    }
    if (start < bytes.length) this.#keep(bytes.subarray(start));
  }

  #complete(end: Buffer): string {
    if (this.#length === 0) return this.#decode(end);
    this.#keep(end);
    const line = Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    return this.#decode(line);
  }

  #keep(part: Buffer): void {
    this.#length += part.length;
    this.#check(this.#length);
    this.#parts.push(part);
  }

  #decode(line: Buffer): string {
    this.#check(line.length);
    if (!isUtf8(line)) throw new TypeError('a line is not UTF-8');
    return line.toString('utf8');
  }

  #check(length: number): void {
    if (length > this.#maxBytes) throw new RangeError(`a line is longer than ${this.#maxBytes} bytes`);
  }
}
