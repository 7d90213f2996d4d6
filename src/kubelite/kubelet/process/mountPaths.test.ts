import { assert, pre, property, string } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanPath, mapPaths } from './mountPaths.ts';

const mappings = [
  { from: '/config', to: '/real/root/config' },
  { from: '/config/deep', to: '/real/root/config/deep' },
  { from: '/data', to: '/real/root/data' },
];

describe('mapPaths', () => {
  it.each([
    ['/config', '/real/root/config'],
    ['/config/a.json', '/real/root/config/a.json'],
    ['/config/deep/x', '/real/root/config/deep/x'],
    ['--out=/data/x', '--out=/real/root/data/x'],
    [
      'cat /config/a >/data/b; ls "/data"',
      'cat /real/root/config/a >/real/root/data/b; ls "/real/root/data"',
    ],
    ['/configuration', '/configuration'],
    ['/config.yaml', '/config.yaml'],
    ['https://example.com/data/x', 'https://example.com/data/x'],
    ['./data/x', './data/x'],
    ['a:/data:b', 'a:/real/root/data:b'],
  ])('maps %s', (text, mapped) => {
    expect(mapPaths(text, mappings)).toBe(mapped);
  });

  it('leaves a text without any mount path as it is', () => {
    assert(
      property(string(), (text) => {
        pre(!text.includes('/config') && !text.includes('/data'));
        expect(mapPaths(text, mappings)).toBe(text);
      }),
    );
  });
});

describe('cleanPath', () => {
  it('has no doubled or trailing slash, and refuses the root', () => {
    expect(cleanPath('/a//b/./c/')).toBe('/a/b/c');
    expect(cleanPath('/')).toBeUndefined();
  });
});
