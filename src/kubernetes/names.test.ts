import { describe, expect, it } from 'vitest';
import {
  configKey,
  dns1035Label,
  dnsLabel,
  dnsSubdomain,
  envName,
  labelValue,
  type NameRule,
  portName,
  qualifiedName,
} from './names.ts';

const good: [string, NameRule, string[]][] = [
  ['dnsLabel', dnsLabel, ['a', '0', 'my-name', 'a'.repeat(63)]],
  ['dnsSubdomain', dnsSubdomain, ['a', 'a.b-c.d', 'a'.repeat(253)]],
  ['dns1035Label', dns1035Label, ['runs', 'a-1']],
  ['qualifiedName', qualifiedName, ['a', 'A_b.c', 'example.com/MyName']],
  ['labelValue', labelValue, ['', 'a', 'A_b.c-d']],
  ['envName', envName, ['A', '_x', '1st', 'a b', 'my.env-name']],
  ['configKey', configKey, ['a', '.hidden', 'KEY_NAME']],
  ['portName', portName, ['http', 'a-1']],
];

const bad: [string, NameRule, string, string][] = [
  ['dnsLabel', dnsLabel, 'A', 'a lowercase RFC 1123 label must consist of'],
  ['dnsLabel', dnsLabel, 'a.b', 'must not contain dots'],
  ['dnsLabel', dnsLabel, 'a'.repeat(64), 'must be no more than 63 characters'],
  ['dnsLabel', dnsLabel, '', "(e.g. 'my-name',  or '123-abc', regex used for validation is"],
  ['dnsSubdomain', dnsSubdomain, 'a..b', 'a lowercase RFC 1123 subdomain must consist of'],
  ['dnsSubdomain', dnsSubdomain, 'a'.repeat(254), 'must be no more than 253 characters'],
  ['dns1035Label', dns1035Label, '1a', 'a DNS-1035 label must consist of'],
  ['qualifiedName', qualifiedName, '/a', 'prefix part must be non-empty'],
  ['qualifiedName', qualifiedName, 'a/', 'name part must be non-empty'],
  ['qualifiedName', qualifiedName, 'A/b', 'prefix part a lowercase RFC 1123 subdomain'],
  ['qualifiedName', qualifiedName, 'a/b/c', "with an optional DNS subdomain prefix and '/'"],
  ['qualifiedName', qualifiedName, 'a'.repeat(64), 'name part must be no more than 63 characters'],
  ['labelValue', labelValue, '-a', 'a valid label must be an empty string or consist of'],
  ['envName', envName, '', 'environment variable name must be non-empty'],
  ['envName', envName, 'a=b', "printable ASCII characters other than '='"],
  ['configKey', configKey, 'a/b', 'a valid config key must consist of'],
  ['configKey', configKey, '..', "must not be '..'"],
  ['portName', portName, 'a--b', 'must not contain consecutive hyphens'],
  ['portName', portName, '12', 'must contain at least one letter (a-z)'],
];

describe('name rules', () => {
  it.each(good)('%s takes what Kubernetes takes', (_, rule, names) => {
    for (const name of names) expect(rule(name)).toEqual([]);
  });

  it.each(bad)('%s refuses %#: %s', (_, rule, name, sentence) => {
    expect(rule(name).join('; ')).toContain(sentence);
  });
});
