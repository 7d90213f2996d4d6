import { describe, expect, it } from 'vitest';
import { againSpec } from '../../../core/run/again.ts';
import { aRun } from '../../../core/testing/aRun.ts';
import { CliError } from '../../cliError.ts';
import { changeOf } from './change.ts';

const none = { env: [], label: [] };
const container = { name: 'job', image: 'busybox:1', args: ['old'], env: [{ name: 'A', value: '1' }] };
const old = aRun()
  .withSpec({ main: { spec: { containers: [container] } } })
  .build();

describe('changeOf', () => {
  it('says nothing of what no flag names', () => {
    expect(changeOf(none, [], undefined)).toEqual({ metadata: {} });
  });

  it('changes the main container whatever it is called: a command takes the place of the old and its args', () => {
    const change = changeOf({ ...none, image: 'busybox:2', env: ['B=2'] }, ['echo', 'hi'], old);
    expect(againSpec(old, change.spec).spec?.main.spec?.containers).toEqual([
      {
        name: 'job',
        image: 'busybox:2',
        command: ['echo', 'hi'],
        env: expect.arrayContaining([
          { name: 'A', value: '1' },
          { name: 'B', value: '2' },
        ]),
      },
    ]);
  });

  it('lays labels, a name and limits over the old run', () => {
    const flags = { ...none, name: 'again', label: ['team=data'], runSeconds: '60', subject: 'pipeline/a' };
    expect(changeOf(flags, [], undefined)).toEqual({
      metadata: { name: 'again', labels: { team: 'data' } },
      spec: { limits: { runSeconds: 60 }, subject: { kind: 'pipeline', id: 'a' } },
    });
  });

  it('refuses to change a container that the old run does not name', () => {
    const bare = aRun().withSpec({ main: {} }).build();
    expect(() => changeOf({ ...none, image: 'x' }, [], bare)).toThrow(CliError);
  });
});
