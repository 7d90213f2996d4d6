import { describe, expect, it } from 'vitest';
import { parseImageReference } from './imageReference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseImageReference', () => {
  it.each([
    ['alpine', undefined, 'alpine', undefined, undefined],
    ['alpine:3.20', undefined, 'alpine', '3.20', undefined],
    ['airbyte/source-faker:6.2.1', undefined, 'airbyte/source-faker', '6.2.1', undefined],
    ['localhost/app', 'localhost', 'app', undefined, undefined],
    ['registry:5000/a/b_c--d:v1', 'registry:5000', 'a/b_c--d', 'v1', undefined],
    ['registry.example.com/a', 'registry.example.com', 'a', undefined, undefined],
    [`docker.io/library/busybox:1@${digest}`, 'docker.io', 'library/busybox', '1', digest],
    [`busybox@${digest}`, undefined, 'busybox', undefined, digest],
  ])('reads %s', (text, registry, repository, tag, expectedDigest) => {
    expect(parseImageReference(text)).toEqual({ registry, repository, tag, digest: expectedDigest });
  });

  it.each([
    ['', 'empty'],
    ['a b', 'white space'],
    ['Alpine', 'lower case'],
    ['alpine:', 'tag ""'],
    ['alpine:-x', 'tag "-x"'],
    ['a//b', 'lower case letters'],
    ['alpine@sha256:12', 'not a digest'],
    [`a@${digest}@${digest}`, 'more than one'],
    ['https://example.com/a', 'is not a host'],
    ['a_.b/c.', 'is not a host'],
    [`x/${'a'.repeat(300)}`, 'longer than 255'],
  ])('refuses %j and says why', (text, why) => {
    expect(() => parseImageReference(text)).toThrow(why);
  });
});
