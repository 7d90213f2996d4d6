import { describe, expect, it } from 'vitest';
import type { CliContext } from '../../context.ts';
import { create } from './create.ts';

const context = (text: string) => ({ cwd: '/', readStdin: async () => text }) as unknown as CliContext;

describe('schedule create', () => {
  it('says how a CronOMJob is made, which is none of its kinds', async () => {
    await expect(create(context('kind: CronOMJob\nspec: {}\n'), { file: '-' })).rejects.toMatchObject({
      message: 'reading standard input: it holds a CronOMJob, which kubectl makes: kubectl apply -f -',
      exitCode: 2,
    });
  });
});
