import { describe, expect, it } from 'vitest';
import { virtualClock } from '../ports/testing/virtualClock.ts';
import { createLogger } from './logger.ts';
import { redactSecrets } from './redactSecrets.ts';

function logged(level: 'debug' | 'info' = 'info') {
  const lines: Record<string, unknown>[] = [];
  const log = createLogger({
    level,
    clock: virtualClock(Date.parse('2026-01-02T03:04:05Z')),
    write: (line) => lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { log, lines };
}

describe('createLogger', () => {
  it('writes one object a line with level, time, message and fields', () => {
    const { log, lines } = logged();
    log.child({ run: 'a/b' }).warn('pod was refused', { status: 403 });
    expect(lines).toEqual([
      { level: 'warn', time: '2026-01-02T03:04:05.000Z', run: 'a/b', status: 403, msg: 'pod was refused' },
    ]);
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = logged();
    log.debug('nothing to see');
    expect(lines).toEqual([]);
  });

  it('masks secrets in fields of a line and of a child', () => {
    const { log, lines } = logged();
    log.child({ password: 'hunter2' }).info('signed in', { headers: { Authorization: 'Bearer abc.def' } });
    expect(JSON.stringify(lines)).not.toMatch(/hunter2|abc\.def/);
  });
});

describe('redactSecrets', () => {
  it.each([
    ['text Bearer abc.DEF-123 end', 'text [redacted] end'],
    ['postgres://user:pass@host/db', 'postgres://[redacted]@host/db'],
    ['a eyJhbGciOi.eyJzdWIi.c2ln b', 'a [redacted] b'],
    ['no secret at all: http://host:80/path', 'no secret at all: http://host:80/path'],
  ])('of %j leaves %j', (text, expected) => {
    expect(redactSecrets(text)).toBe(expected);
  });

  it('masks by name at any depth, and keeps names that only speak of a secret', () => {
    expect(redactSecrets({ a: [{ clientSecret: 'x', tokenFile: '/p', secret: { name: 'n' } }] })).toEqual({
      a: [{ clientSecret: '[redacted]', tokenFile: '/p', secret: { name: 'n' } }],
    });
  });

  it('turns an error into its class, message and causes', () => {
    const error = new Error('reading x', { cause: new TypeError('Bearer t0ken') });
    expect(redactSecrets(error)).toEqual({
      type: 'Error',
      message: 'reading x',
      cause: { type: 'TypeError', message: '[redacted]' },
    });
  });

  it('survives an object that contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(JSON.stringify(redactSecrets(loop))).toContain('[deeper]');
  });
});
