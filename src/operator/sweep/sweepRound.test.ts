import { describe, expect, it } from 'vitest';
import { start } from '../../actions/testing/fixtures.ts';
import { ConflictError, ServerError } from '../../kube/errors.ts';
import { pods } from '../../kube/resources.ts';
import { SweepRound } from './sweepRound.ts';

describe('SweepRound', () => {
  it('ends after so many writes, and the next round goes on', async () => {
    const { client } = start();
    const round = new SweepRound({ client, mayAct: () => true }, {});
    let writes = 0;
    while (round.goesOn()) await round.act('marked', pods, async () => void (writes += 1));
    await round.act('marked', pods, async () => void (writes += 1));
    expect(writes).toBe(500);
    expect(round.report().acts).toEqual(new Map([['Pod marked', 500]]));
  });

  it('counts what was done, keeps what failed, and passes over what somebody else changed first', async () => {
    const { client } = start();
    const round = new SweepRound({ client, mayAct: () => true }, {});
    const conflict = new ConflictError({ message: 'somebody was first', status: 409 });
    const failure = new ServerError({ message: 'etcd is away', status: 500 });
    await round.act('deleted', pods, () => Promise.reject(conflict));
    await round.act('deleted', pods, () => Promise.reject(failure));
    await round.act('deleted', pods, () => Promise.resolve());
    expect(round.report()).toEqual({ acts: new Map([['Pod deleted', 1]]), left: [], failures: [failure] });
  });

  it('ends with the term of its leader', async () => {
    const { client } = start();
    const term = new AbortController();
    const round = new SweepRound({ client, mayAct: () => true }, { signal: term.signal });
    term.abort();
    expect(round.goesOn()).toBe(false);
  });
});
