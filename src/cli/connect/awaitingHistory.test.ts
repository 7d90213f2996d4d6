import { describe, expect, it } from 'vitest';
import { createApiClient } from '../../contract/client.ts';
import { problemOf } from '../../contract/problem.ts';
import type { ProblemCode } from '../../contract/problemCodes.ts';
import { anAnswer } from '../../ports/testing/anAnswer.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { awaitingHistory } from './awaitingHistory.ts';

/** A server that refuses so often before it answers. */
function world(code: ProblemCode, refusals: number) {
  const clock = virtualClock();
  const interruption = new AbortController();
  let left = refusals;
  let said = '';
  const send = async () => {
    left -= 1;
    const body = left < 0 ? { metadata: { name: 'a' } } : problemOf(code, 'not now');
    return anAnswer(JSON.stringify(body), { status: left < 0 ? 200 : 503 });
  };
  const context = { clock, err: (text: string) => void (said += text), interrupted: interruption.signal };
  const api = awaitingHistory(context, createApiClient({ baseUrl: 'http://127.0.0.1:1', send }));
  const get = () => api.call('getRun', { params: { name: 'a' }, query: { namespace: 'default' } });
  return { clock, get, interruption, said: () => said };
}

describe('awaitingHistory', () => {
  it('waits while the history is being opened, says so once, and answers', async () => {
    const w = world('HistoryOpening', 3);
    const answer = w.get();
    await w.clock.advance(10_000);
    expect((await answer).body.metadata.name).toBe('a');
    expect(w.said().match(/is being opened/g)).toHaveLength(1);
  });

  it('ends the wait when it is interrupted', async () => {
    const w = world('HistoryOpening', Number.POSITIVE_INFINITY);
    const refused = expect(w.get()).rejects.toThrow('interrupted');
    await w.clock.advance(5_000);
    w.interruption.abort(new Error('interrupted'));
    await refused;
  });

  it('passes on every other refusal at once', async () => {
    const w = world('HistoryUnavailable', 1);
    await expect(w.get()).rejects.toMatchObject({ code: 'HistoryUnavailable' });
    expect(w.said()).toBe('');
  });
});
