import { describe, expect, it } from 'vitest';
import { parseRunSpec } from './spec.ts';

const main = { spec: { containers: [{ name: 'main', image: 'busybox' }] } };

/** The only problem of a spec, as one sentence. */
function problemOf(spec: unknown): string {
  const { problems } = parseRunSpec(spec);
  return (problems ?? []).map(({ field, message }) => `${field} ${message}`).join('; ');
}

describe('parseRunSpec', () => {
  it('takes a spec that says only what main is', () => {
    expect(parseRunSpec({ main }).spec).toEqual({ main });
  });

  it('keeps every field of an overlay, also one that no schema knows', () => {
    const odd = { spec: { ...main.spec, newerField: { deep: [1, null] } }, metadata: { labels: { a: 'b' } } };
    expect(parseRunSpec({ main: odd }).spec?.main).toEqual(odd);
  });

  it.each([
    [{}, 'spec.main is required: an object'],
    [{ main, mian: {} }, 'spec.mian is not a field; allowed here: profile, subject, queue'],
    [{ main, limits: { runSecond: 1 } }, 'spec.limits.runSecond is not a field; allowed here: queueSeconds'],
    [{ main, limits: { runSeconds: '60' } }, 'spec.limits.runSeconds must be a number'],
    [{ main, limits: { runSeconds: 1.5 } }, 'spec.limits.runSeconds must be a whole number'],
    [{ main, limits: { runSeconds: 0 } }, 'spec.limits.runSeconds must be at least 1'],
    [{ main, limits: { runSeconds: 1e9 } }, 'spec.limits.runSeconds must be at most 31536000'],
    [{ main, logs: 'All' }, 'spec.logs must be one of Tail, Whole, Follow'],
    [{ main, queue: 'x'.repeat(64) }, 'spec.queue must be at most 63 characters long'],
    [{ main, queue: 'Big' }, 'spec.queue must be lower case letters'],
    [{ main, subject: { kind: 'connection' } }, 'spec.subject.id is required: text'],
    [
      { main, retry: { rules: [{ action: 'Maybe' }] } },
      'spec.retry.rules[0].action must be one of Retry, Fail',
    ],
    [
      { main, retry: { rules: [{ action: 'Retry', reason: 'x' }] } },
      'spec.retry.rules[0].reason is not a field; allowed here: reasons, exitCodes, action',
    ],
    [
      { main, retry: { rules: [{ action: 'Retry', reasons: ['OutOfMemry'] }] } },
      'spec.retry.rules[0].reasons[0] is no reason of the catalogue',
    ],
    [
      { main, retry: { backoffSeconds: 0 } },
      'spec.retry.backoffSeconds is 0: a run that fails at its start would be tried again without a pause',
    ],
    [
      { main, exitRetry: { backoffSeconds: 0 } },
      'spec.exitRetry.backoffSeconds is 0: an exit handler that fails at its start would be tried again without a pause',
    ],
    [{ main, ttlSeconds: { failed: -1 } }, 'spec.ttlSeconds.failed must be at least 0'],
    [
      { main, retry: { rules: [{ reasons: ['Cancelled'], action: 'Retry' }] } },
      'spec.retry.rules[0].reasons names Cancelled, which is never why an attempt failed',
    ],
    [
      { main, retry: { rules: [{ exitCodes: [0], action: 'Retry' }] } },
      'spec.retry.rules[0].exitCodes names 0, which is success',
    ],
    [
      { main, retry: { rules: [{ exitCodes: [1], reasons: ['ExitCode'], action: 'Retry' }] } },
      'spec.retry.rules[0] names reasons and exitCodes; one of the two is allowed',
    ],
    [
      { main, retry: { rules: [{ action: 'Fail' }, { exitCodes: [1], action: 'Retry' }] } },
      'spec.retry.rules[1] can never match: rule 0 before it matches every failed attempt',
    ],
    [
      {
        main,
        retry: {
          rules: [
            { exitCodes: [1, 2], action: 'Fail' },
            { exitCodes: [3], action: 'Fail' },
            { exitCodes: [1, 3], action: 'Retry' },
          ],
        },
      },
      'spec.retry.rules[2] can never match: rules before it match all that it names',
    ],
    [{ main: [] }, 'spec.main must be an object'],
    [{ main, input: { configMap: 'a', secret: 'b' } }, 'spec.input names a configMap and a secret'],
    [{ main, cancel: { reason: 'a\nb' } }, 'spec.cancel.reason must be one line'],
    ['text', 'spec must be an object'],
  ])('names the field and what is allowed: %j', (spec, sentence) => {
    expect(problemOf(spec)).toContain(sentence);
  });

  it('names every field that is wrong, not only the first', () => {
    expect(parseRunSpec({ main, logs: 'x', queue: 'X' }).problems).toHaveLength(2);
  });
});
