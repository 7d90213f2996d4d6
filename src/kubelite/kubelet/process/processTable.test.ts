import { describe, expect, it } from 'vitest';
import { listProcesses, parseStat, readProcess } from './processTable.ts';

describe('parseStat', () => {
  it('reads a name with brackets and spaces in it', () => {
    const rest = 'S 1 20 30 0 -1 4194304 97 0 0 0 0 0 0 0 20 0 1 0 123899 3133440 359 0';
    expect(parseStat(`23862 (a ) (b) ${rest}`)).toEqual({
      pid: 23862,
      group: 20,
      session: 30,
      startTime: '123899',
      residentBytes: 359 * 4096,
      zombie: false,
    });
  });

  it('refuses what is no such line', () => {
    expect(parseStat('')).toBeUndefined();
    expect(parseStat('12 (x) S 1')).toBeUndefined();
  });
});

describe('listProcesses', () => {
  it.runIf(process.platform === 'linux')('has this process, as readProcess does', () => {
    const own = listProcesses().find((one) => one.pid === process.pid);
    expect(own?.startTime).toBe(readProcess(process.pid)?.startTime);
    expect(own?.residentBytes).toBeGreaterThan(1e6);
  });
});
