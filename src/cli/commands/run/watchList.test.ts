import { describe, expect, it } from 'vitest';
import { createApiClient } from '../../../contract/client.ts';
import { sseFrame } from '../../../contract/sse.ts';
import { aRun } from '../../../core/testing/aRun.ts';
import type { HttpRequest } from '../../../ports/sendRequest.ts';
import { anAnswer } from '../../../ports/testing/anAnswer.ts';
import { virtualClock } from '../../../ports/testing/virtualClock.ts';
import type { CliContext } from '../../context.ts';
import { watchList } from './watchList.ts';

/** Servers by their URL: what each answers to one stream after the other; one that is left out does not answer. */
function world(streams: Record<string, string[]>, places: readonly string[]) {
  const clock = virtualClock();
  const interruption = new AbortController();
  const said = { out: '', err: '' };
  const asked: (string | undefined)[] = [];
  const send = async ({ url, headers }: HttpRequest) => {
    const text = streams[new URL(url).origin]?.shift();
    if (text === undefined) throw new Error('connect ECONNREFUSED');
    asked.push(headers['last-event-id']);
    return anAnswer(text);
  };
  const context = {
    clock,
    interrupted: interruption.signal,
    out: (text: string) => void (said.out += text),
    err: (text: string) => void (said.err += text),
  } as unknown as CliContext;
  const clientOf = (baseUrl: string) => createApiClient({ baseUrl, send });
  const [first = '', ...others] = places;
  const refind = async () => {
    const next = others.shift();
    return next === undefined || next === '' ? undefined : clientOf(next);
  };
  const watched = watchList(context, { api: clientOf(first), refind }, { output: 'name' });
  const end = async () => {
    interruption.abort(new Error('interrupted'));
    return watched;
  };
  return { clock, said, asked, watched, end };
}

const event = (name: string, id: string) => {
  const run = aRun().build();
  const data = JSON.stringify({ ...run, metadata: { ...run.metadata, name, uid: name } });
  return sseFrame({ event: 'run', data, id });
};

describe('watchList', () => {
  it('goes on where the server is now, behind the last event, and says so in a line for each turn', async () => {
    const [old, now] = ['http://127.0.0.1:1', 'http://127.0.0.1:2'];
    const w = world({ [old]: [event('a', 'a/1')], [now]: [event('b', 'b/1')] }, [old, '', '', now]);
    await w.clock.advance(10_000);
    expect(await w.end()).toBe(0);
    expect(w.said.out.match(/\b[ab]\n/g)).toEqual(['a\n', 'b\n']);
    expect(w.asked).toEqual([undefined, 'a/1']);
    expect(w.said.err.match(/is back/g)).toHaveLength(1);
    expect(w.said.err).toMatch(
      /^calling .*ECONNREFUSED; waiting for the server .*\n.*at http:..127.0.0.1:2\n/,
    );
  });

  it('ends at once when no server was there to begin with', async () => {
    const { watched } = world({}, ['http://127.0.0.1:1']);
    await expect(watched).rejects.toThrow('ECONNREFUSED');
  });
});
