import { describe, expect, it } from 'vitest';
import { runProgram } from './machine.ts';

const node = (script: string) =>
  runProgram({ command: process.execPath, args: ['-e', script], env: { A: 'b' } });

describe('runProgram', () => {
  it('gives the output and the code of a program, which has just the given environment and no terminal', async () => {
    const script =
      'process.stdin.on("end", () => { console.log(process.env.A, process.env.HOME); console.error("no"); process.exitCode = 3 }).resume()';
    expect(await node(script)).toEqual({ code: 3, stdout: 'b undefined\n', stderr: 'no\n' });
  });

  it('ends a program that does not stop talking', async () => {
    const { code } = await node('const go = () => process.stdout.write("x".repeat(65536), go); go()');
    expect(code).toBeNull();
  });

  it('rejects for a program that is not there', async () => {
    await expect(runProgram({ command: '/no/such', args: [], env: {} })).rejects.toMatchObject({
      code: 'ENOENT',
    });
  });
});
