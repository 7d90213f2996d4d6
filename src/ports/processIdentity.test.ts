import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { processIdentity } from './processIdentity.ts';

describe('processIdentity', () => {
  it('stays the same while a process lives, and is that of no other', () => {
    expect(processIdentity(process.pid)).toMatch(new RegExp(`^${process.pid} \\S+$`));
    expect(processIdentity(process.pid)).toBe(processIdentity(process.pid));
    expect(processIdentity(process.pid)).not.toBe(processIdentity(process.ppid));
  });

  it('is empty for a process that has ended, and for what is no process', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'close');
    for (const pid of [child.pid ?? 0, 0, -1, Number.NaN]) expect(processIdentity(pid)).toBe('');
  });
});
