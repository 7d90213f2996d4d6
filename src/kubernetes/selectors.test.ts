import { describe, expect, it } from 'vitest';
import { matchesFields, parseFieldSelector } from './fieldSelector.ts';
import { labelSelector, parseLabelSelector } from './labelSelector.ts';

describe('parseLabelSelector', () => {
  const labels = { app: 'web', tier: 'a', size: '10', empty: '', 'x.io/y': 'z' };

  it.each([
    '',
    'app=web',
    'app==web',
    'app',
    'app!=db',
    'none!=x',
    '!none',
    'tier in (a,b)',
    'tier notin (c)',
    'none notin (c)',
    'size>9',
    'size<11',
    'empty=',
    'empty in (,x)',
    'x.io/y=z',
    ' app = web , tier in ( a , b ) ',
  ])('selects by %j', (text) => {
    expect(parseLabelSelector(text)(labels)).toBe(true);
  });

  it.each([
    'app=db',
    'none',
    'app!=web',
    '!app',
    'tier in (c)',
    'tier notin (a)',
    'size>10',
    'app>1',
    'app=web,none',
  ])('leaves out by %j', (text) => {
    expect(parseLabelSelector(text)(labels)).toBe(false);
  });

  it.each(['app=web,', 'a in', 'a in (b', '=a', 'a=b=c', 'a in ()b', '-a=b', 'a=-', 'a>x', 'a b', ',', '!'])(
    'refuses %j',
    (text) => {
      expect(() => parseLabelSelector(text)).toThrow('label selector');
    },
  );

  it('selects nothing by equality where there are no labels', () => {
    expect(parseLabelSelector('a=b')(undefined)).toBe(false);
  });
});

describe('labelSelector', () => {
  it('needs all labels and all expressions', () => {
    const selects = labelSelector({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    });
    expect(selects({ app: 'web', tier: 'a' })).toBe(true);
    expect(selects({ app: 'web', tier: 'b' })).toBe(false);
    expect(selects({ app: 'web', tier: 'a', old: '1' })).toBe(false);
  });

  it.each([
    { matchExpressions: [{ key: 'a', operator: 'Like', values: ['b'] }] },
    { matchExpressions: [{ key: 'a', operator: 'In' }] },
    { matchExpressions: [{ key: 'a', operator: 'Exists', values: ['b'] }] },
    { matchLabels: { 'a b': 'c' } },
  ])('refuses %j', (selector) => {
    expect(() => labelSelector(selector)).toThrow('reading label selector');
  });
});

describe('parseFieldSelector', () => {
  const matches = (text: string, fields: Record<string, string>) =>
    matchesFields(parseFieldSelector(text), (field) => fields[field] ?? '');

  it('reads equal, not equal and several terms', () => {
    expect(matches('status.phase=Running,spec.nodeName!=b', { 'status.phase': 'Running' })).toBe(true);
    expect(matches('status.phase!=Running', { 'status.phase': 'Running' })).toBe(false);
    expect(matches('spec.nodeName==', {})).toBe(true);
    expect(matches('', {})).toBe(true);
  });

  it('reads escaped commas and equal signs', () => {
    expect(matches('a=b\\,c\\=d', { a: 'b,c=d' })).toBe(true);
  });

  it.each(['a', 'a=b=c', 'a=b\\c'])('refuses %j', (text) => {
    expect(() => parseFieldSelector(text)).toThrow(/selector/);
  });
});
