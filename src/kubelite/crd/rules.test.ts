import { describe, expect, it } from 'vitest';
import type { FieldError } from '../../kubernetes/fieldError.ts';
import type { JsonObject } from '../../kubernetes/json.ts';
import type { CrdRule, CrdSchema } from './crd.ts';
import { brokenRules, compileRules } from './rules.ts';

const text: CrdSchema = { type: 'string' };
const job: CrdSchema = {
  type: 'object',
  properties: {
    phase: text,
    count: { type: 'integer' },
    ratio: { type: 'number' },
    'dashed-name': text,
    at: { type: 'string', format: 'date-time' },
    either: { 'x-kubernetes-int-or-string': true },
    labels: { type: 'object', additionalProperties: text },
    steps: {
      type: 'array',
      items: { type: 'object', properties: { name: text, tries: { type: 'integer' } } },
    },
    sub: { type: 'object', properties: { a: text } },
    none: { type: 'string', nullable: true },
  },
};

function problems(rule: CrdRule, value: JsonObject, old?: JsonObject): readonly FieldError[] {
  const errors: FieldError[] = [];
  const tree = compileRules({ ...job, 'x-kubernetes-validations': [rule] }, 'schema', errors);
  expect(errors).toEqual([]);
  return tree ? brokenRules(tree, value, old, 'spec') : [];
}

function refusal(rule: CrdRule): string {
  const errors: FieldError[] = [];
  compileRules({ ...job, 'x-kubernetes-validations': [rule] }, 'schema', errors);
  return errors.map(({ field, message }) => `${field}: ${message}`).join('; ');
}

const running = {
  phase: 'Running',
  count: 2,
  steps: [{ name: 'x', tries: 1 }],
  labels: { z: 'q' },
  sub: { a: '1' },
};

describe('brokenRules', () => {
  it.each([
    "self.phase == 'Running'",
    'self.count > 1 && self.count < 3',
    'self.count + 1 == 3',
    '!has(self.ratio) || self.ratio > 0.5',
    "has(self.sub) && self.sub.a == '1'",
    '!has(self.none)',
    "self.steps.all(step, step.tries >= 1 && step.name != '')",
    "self.steps.exists(step, step.name == 'x')",
    'size(self.steps) == 1 && self.steps.size() == 1',
    "self.steps.map(step, step.name) == ['x']",
    'self.steps.filter(step, step.tries > 1).size() == 0',
    "'z' in self.labels && self.labels['z'] == 'q' && self.labels.z == 'q'",
    "self.labels.all(key, self.labels[key] != '')",
    "self.phase.startsWith('Run') && self.phase.matches('^R.*g$') && self.phase.size() == 7",
    "self.phase.lowerAscii() == 'running' && self.phase.replace('R', 'r') == 'running'",
    "self.?sub.?a.orValue('none') == '1'",
    "self.phase in ['Running', 'Failed'] ? true : false",
    "'https://x.io/a'.startsWith('https') && isURL('https://x.io/a')",
  ])('holds: %s', (rule) => {
    expect(problems({ rule }, { ...running, none: null })).toEqual([]);
  });

  it.each([
    "self.phase == 'Failed'",
    'self.count == 3',
    'has(self.ratio)',
    'self.steps.all(step, step.tries > 1)',
  ])('is broken: %s', (rule) => {
    expect(problems({ rule }, running)).toEqual([
      {
        field: 'spec',
        reason: 'FieldValueInvalid',
        message: `Invalid value: "object": failed rule: ${rule}`,
      },
    ]);
  });

  it('reads names with dashes, times and either-or values', () => {
    const value = { 'dashed-name': 'd', at: '2026-01-02T03:04:05Z', either: 5 };
    const rule =
      "self.dashed__dash__name == 'd' && self.at < timestamp('2027-01-01T00:00:00Z') && self.either == 5";
    expect(problems({ rule }, value)).toEqual([]);
  });

  it('skips a rule on change where nothing was before, and a quoted oldSelf is no change', () => {
    expect(problems({ rule: 'self.phase == oldSelf.phase' }, running)).toEqual([]);
    expect(problems({ rule: "self.phase == 'oldSelf'" }, running)).toHaveLength(1);
  });

  it('lets a stored value stand that a newer rule would refuse, until it is changed', () => {
    expect(problems({ rule: 'self.count < 2' }, running, running)).toEqual([]);
    expect(problems({ rule: 'self.count < 2' }, { ...running, phase: 'Failed' }, running)).toHaveLength(1);
  });

  it('keeps an end that was written, and lets a phase that is none go on', () => {
    const rule = {
      rule: "!(oldSelf.phase in ['Succeeded', 'Failed']) || self.phase == oldSelf.phase",
      message: 'a terminal phase does not change',
    };
    expect(problems(rule, { phase: 'Failed' }, running)).toEqual([]);
    expect(problems(rule, running, { phase: 'Failed' })).toEqual([
      {
        field: 'spec',
        reason: 'FieldValueInvalid',
        message: 'Invalid value: "object": a terminal phase does not change',
      },
    ]);
  });

  it('keeps a field that may be set once, deep inside and whole', () => {
    const rule = { rule: 'has(self.sub) == has(oldSelf.sub) && (!has(self.sub) || self.sub == oldSelf.sub)' };
    expect(problems(rule, running, running)).toEqual([]);
    expect(problems(rule, { ...running, sub: { a: '2' } }, running)).toHaveLength(1);
    expect(problems(rule, { phase: 'Running' }, running)).toHaveLength(1);
  });

  it('runs a rule with an optional old value also on creation', () => {
    const rule = {
      rule: 'oldSelf.hasValue() ? self.count >= oldSelf.value().count : self.count == 2',
      optionalOldSelf: true,
    };
    expect(problems(rule, running)).toEqual([]);
    expect(problems(rule, { count: 3 })).toHaveLength(1);
    expect(problems(rule, { count: 1 }, running)).toHaveLength(1);
  });

  it('says its own message, at its own field, for its own reason', () => {
    const rule: CrdRule = {
      rule: 'self.count < 2',
      messageExpression: "self.phase + ' has too many'",
      fieldPath: '.count',
      reason: 'FieldValueForbidden',
    };
    expect(problems(rule, running)).toEqual([
      { field: 'spec.count', reason: 'FieldValueForbidden', message: 'Forbidden: Running has too many' },
    ]);
  });

  it('breaks a rule that reads what is not there', () => {
    const [error] = problems({ rule: 'self.ratio > 1.0' }, running);
    expect(error?.message).toContain('evaluating rule: self.ratio > 1.0');
  });
});

describe('compileRules', () => {
  it.each([
    ['self.phase ==', 'compilation failed'],
    ['self.nothing == 1', 'nothing'],
    ['self.phase == 1', 'no such overload'],
    ['self.phase', 'must evaluate to a bool'],
    ['unheardOf(self.phase)', 'unheardOf'],
    ['self.steps.all(step, step.zz > 1)', 'zz'],
    ['self.sub == null', 'no such overload'],
  ])('refuses %s by name', (rule, why) => {
    const sentence = refusal({ rule });
    expect(sentence).toContain(
      `schema.x-kubernetes-validations[0].rule: Invalid value: ${JSON.stringify(rule)}`,
    );
    expect(sentence).toContain(why);
  });

  it('refuses a message expression that is no text', () => {
    expect(refusal({ rule: 'true', messageExpression: 'self.count' })).toContain('must evaluate to a string');
  });
});
