import { describe, expect, it } from 'vitest';
import { writeWhole } from './standardOutput.ts';

describe('writeWhole', () => {
  it('goes on after a short write, until all stands there', () => {
    let written = '';
    writeWhole('a text of several parts', (bytes, from) => {
      const part = bytes.subarray(from, from + 5);
      written += Buffer.from(part).toString();
      return part.length;
    });
    expect(written).toBe('a text of several parts');
  });

  it('says that the output is not whole when the disk is full', () => {
    let room = 4;
    const write = (bytes: Uint8Array, from: number) => {
      const taken = Math.min(room, bytes.length - from);
      if (taken === 0) throw new Error('ENOSPC: no space left on device, write');
      room -= taken;
      return taken;
    };
    expect(() => writeWhole('more than fits', write)).toThrow(
      'writing the output: ENOSPC: no space left on device, write; what stands there is not whole',
    );
  });
});
