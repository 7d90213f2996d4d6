import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { eventually } from '../../support/eventually.ts';
import { runningOfUp, runOfUp } from '../../support/upApi.ts';
import { ended, PROGRAM, useUp } from './useUp.ts';

const { folder, data, start, cli, submit } = useUp();

const untilRunning = (name: string) => runningOfUp(data, name);

describe('endwell run retry', () => {
  it('runs the same once more, names the old one, and follows it with --wait', async () => {
    await submit('fails', 'exit 7', '--wait', '--label', 'team=data');
    const { code, err, out } = await cli(['run', 'retry', 'fails', '--wait']);
    expect([code, err], out).toMatchObject([
      1,
      expect.stringMatching(/^run\.endwell\.dev\/fails-\w+ created/),
    ]);
    const listed = await cli(['run', 'list', '-l', 'endwell.dev/retry-of=fails,team=data', '-o', 'name']);
    expect(listed.out).toMatch(/^run\.endwell\.dev\/fails-\w+\n$/);
  });

  it('is refused with exit code 3 for one that succeeded, and says what to do', async () => {
    await submit('fine', 'true', '--wait');
    const { code, err } = await cli(['run', 'retry', 'fine']);
    expect(code).toBe(3);
    expect(err).toMatch(/^endwell: run fine succeeded: .*[Rr]esubmit.*\n$/);
  });
});

describe('endwell run resubmit', () => {
  it('makes a new run with what flags and command change', async () => {
    await submit('first', 'echo one', '--wait', '--env', 'A=1');
    const change = [
      '--name',
      'second',
      '--image',
      'busybox:2',
      '--wait',
      '--',
      '/bin/sh',
      '-c',
      'echo two $A',
    ];
    const made = await cli(['run', 'resubmit', 'first', ...change]);
    expect(made, made.err).toMatchObject({ code: 0 });
    expect((await cli(['run', 'logs', 'second'])).out).toBe('two 1\n');
  });

  it('is refused for a run that still runs, with exit code 3', async () => {
    await submit('long', 'sleep 100');
    const { code, err } = await cli(['run', 'resubmit', 'long']);
    expect([code, err]).toEqual([3, expect.stringContaining('has not ended')]);
    await cli(['run', 'cancel', 'long']);
  });
});

describe('a run that is tried again', () => {
  it('shows attempts as n of m, and how each ended', async () => {
    const { code, out } = await submit('tries', 'exit 3', '--max-attempts', '2', '--wait');
    expect(code, out).toBe(1);
    expect(out).toContain('attempt 1 of 2 ended: Failed, ExitCode, exit code 3');
    expect(out).toMatch(/waiting for attempt 2 of 2, which may start at \d{4}-/);
    const shown = (await cli(['run', 'get', 'tries'])).out;
    expect(shown).toMatch(/^tries +Failed +ExitCode .* 2\/2 /m);
    expect(shown).toMatch(/^1 +tries-m1 .* Failed +ExitCode +3/m);
  });
});

describe('endwell run submit with a dedupe key', () => {
  const same = ['--subject', 'connection/7f3c', '--when-active'];

  it('follows the run that it joined, and is refused with exit code 3 where one is active', async () => {
    const go = join(folder, 'go');
    await submit('worker', `until [ -e ${go} ]; do sleep 0.1; done`, ...same, 'Join');
    const rejected = await submit('rejected', 'true', ...same, 'Reject', '--wait');
    expect(rejected.code, rejected.err).toBe(3);
    expect(rejected.err).toContain('run worker');
    expect((await submit('joined', 'true', ...same, 'Join')).out).toBe(
      'run.endwell.dev/worker does this already (joined)\n',
    );
    const following = submit('follows', 'true', ...same, 'Join', '--wait');
    await runOfUp(data, 'follows', ({ status }) => /Joined/.test(status?.reason ?? ''), 'joined');
    writeFileSync(go, '');
    const { code, out, err } = await following;
    expect(code, err).toBe(0);
    expect(out).toContain('worker run Succeeded');
  });
});

describe('endwell queue', () => {
  it('lists the built-in queues in each form', async () => {
    expect((await cli(['queue', 'list'])).out).toMatch(
      /^NAME +NAMESPACE +RUNNING +MAX .*\nbuild +\(built in\) +0 +10 /,
    );
    expect((await cli(['queue', 'list', '-o', 'name'])).out).toBe(
      'queue.endwell.dev/build\nqueue.endwell.dev/default\n',
    );
    const json = JSON.parse((await cli(['queue', 'list', '-A', '-o', 'json'])).out) as object;
    expect(parse((await cli(['queue', 'list', '-A', '-o', 'yaml'])).out)).toEqual(json);
  });

  it('explains what holds a run that waits, and that one runs', async () => {
    const of = ['--subject', 'pipeline/a', '--queue', 'build'];
    await submit('before', 'sleep 100', ...of);
    await untilRunning('before');
    await submit('after', 'true', ...of);
    const waits = await cli(['queue', 'explain', 'after']);
    expect(waits.out).toMatch(/^after: 1 of 1 in queue build\nDuplicateWaits: run before /);
    expect((await cli(['run', 'list'])).out).toMatch(/^after +Queued +DuplicateWaits/m);
    expect((await cli(['queue', 'explain', 'before'])).out).toMatch(/^before: Running\n/);
    expect(JSON.parse((await cli(['queue', 'explain', 'after', '-o', 'json'])).out)).toMatchObject({
      position: 1,
    });
    expect(await cli(['queue', 'explain', 'nobody'])).toMatchObject({ code: 1 });
    await cli(['subject', 'kill', 'pipeline/a']);
  });
});

describe('endwell subject kill', () => {
  it('ends all runs of the subject, waits for their handlers, and says what it ended', async () => {
    const note = join(folder, 'handled');
    const of = ['--subject', 'connection/9', '--when-active', 'Allow'];
    await submit('k1', 'sleep 100', ...of, '--exit-command', `echo $ENDWELL_REASON > ${note}`);
    await submit('k2', 'sleep 100', ...of);
    await Promise.all([untilRunning('k1'), untilRunning('k2')]);
    const { code, out, err } = await cli(['subject', 'kill', 'connection/9']);
    expect([code, out], err).toEqual([0, 'ended 2 runs of connection/9\n']);
    expect(err).toContain('ending run k1 (Running)');
    expect(err).toContain('run k1 has ended: Cancelled, SubjectKilled');
    expect(readFileSync(note, 'utf8')).toBe('SubjectKilled\n');
    const again = await cli(['subject', 'kill', 'connection/9']);
    expect([again.code, again.out]).toEqual([0, 'nothing runs for connection/9 in namespace default\n']);
  });

  it('says at Ctrl-C what goes on', async () => {
    await submit('slow', 'sleep 100', '--subject', 'connection/10', '--exit-command', 'sleep 5');
    await untilRunning('slow');
    const child = start(['subject', 'kill', 'connection/10', '--data', data]);
    let said = '';
    child.stderr?.on('data', (chunk) => (said += chunk));
    const result = ended(child);
    await eventually(() => said.includes('ending run slow'), 'the kill to begin');
    child.kill('SIGINT');
    const { code, err } = await result;
    expect([code, err]).toEqual([130, expect.stringContaining('run slow goes on ending')]);
  });

  it.each([[['subject', 'kill', 'connection']], [['subject', 'kill']]])(
    '%j is refused with exit code 2',
    async (args) => {
      const { code, err } = await cli(args);
      expect(code).toBe(2);
      expect(err).toMatch(/^endwell: [^\n]+\n$/);
    },
  );
});

describe('endwell run list --watch', () => {
  it('prints a run that has ended once', async () => {
    const child = start(['run', 'list', '--data', data, '--watch', '-l', 'watched=yes']);
    let out = '';
    child.stdout?.on('data', (chunk) => (out += chunk));
    await submit('watched', 'true', '--label', 'watched=yes', '--exit-command', 'true', '--wait');
    await submit('last', 'true', '--label', 'watched=yes', '--wait');
    await eventually(
      () => /^last +Succeeded/m.test(out),
      () => `the last run in ${out}`,
    );
    child.kill('SIGINT');
    await ended(child);
    expect(out.match(/^watched +Succeeded/gm)).toHaveLength(1);
  });
});

describe('endwell finalizers release', () => {
  it('warns that an operator leads', async () => {
    const { err } = await cli(['finalizers', 'release', '--namespace', 'kube-public', '--yes']);
    expect(err).toMatch(/^An operator leads \(.*Stop it first/);
  });
});

describe('kubectl endwell', () => {
  it('is the same program under a name that kubectl finds, with its completion', async () => {
    const [plugin, completion] = [join(folder, 'kubectl-endwell'), join(folder, 'kubectl_complete-endwell')];
    symlinkSync(PROGRAM, plugin);
    symlinkSync(PROGRAM, completion);
    expect((await ended(start(['run', '--help'], plugin))).out).toContain('Usage: kubectl endwell run');
    expect((await ended(start(['run', ''], completion))).out).toContain('submit');
  });

  it.each([
    ['run', 'retry'],
    ['run', 'resubmit'],
    ['queue', 'list'],
    ['queue', 'explain'],
    ['subject', 'kill'],
  ])('%s %s has help', async (...words) => {
    const { code, out } = await cli([...words, '--help']);
    expect([code, out]).toEqual([0, expect.stringContaining(`Usage: endwell ${words.join(' ')}`)]);
  });

  it('says the defaults of a process in its help', async () => {
    const { out } = await cli(['server', '--help']);
    expect(out).toMatch(/--port <number> .*default 8080/);
  });
});
