import { BlockList, isIP } from 'node:net';
import { KubeconfigError } from '../errors.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const SCHEMES: readonly string[] = ['http:', 'https:', 'socks5:'];

/**
 * The proxy that the environment names for a server, as kubectl finds it: HTTPS_PROXY or HTTP_PROXY by the server's
 * scheme, unless NO_PROXY lists the server; names may be in small letters. Never one for this machine itself.
 * Undefined: none. Throws KubeconfigError for a variable that is no proxy's URL.
 */
export function environmentProxy(server: string, env: Environment): string | undefined {
  const url = new URL(server);
  const found = variable(env, url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY');
  if (found === undefined) return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  if (isThisMachine(host) || isExempt(host, port, variable(env, 'NO_PROXY')?.value ?? '')) return undefined;
  return proxyUrl(found.name, found.value);
}

function variable(env: Environment, upper: string): { name: string; value: string } | undefined {
  for (const name of [upper, upper.toLowerCase()]) {
    const value = env[name]?.trim();
    if (value) return { name, value };
  }
  return undefined;
}

function proxyUrl(name: string, value: string): string {
  const whole = value.includes('://') ? value : `http://${value}`;
  if (URL.canParse(whole) && SCHEMES.includes(new URL(whole).protocol)) return whole;
  // The value may hold a password.
  throw new KubeconfigError(
    `finding a way to the cluster: ${name} of the environment must be the URL of a proxy, with http://, https:// or socks5://`,
  );
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8);
LOOPBACK.addAddress('::1', 'ipv6');

function isThisMachine(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, family(host)));
}

function isExempt(host: string, port: string, list: string): boolean {
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => matches(entry.toLowerCase(), host, port));
}

/** `*`, an address, a range of addresses, or a domain: with a leading dot its subdomains alone. `:PORT` may follow. */
function matches(entry: string, host: string, port: string): boolean {
  if (entry === '*') return true;
  if (entry.includes('/')) return isIP(host) !== 0 && isInRange(entry, host);
  const [, name = entry, onlyPort] = isIP(entry) === 0 ? (/^(.*?)(?::(\d+))?$/.exec(entry) ?? []) : [];
  if (onlyPort !== undefined && onlyPort !== port) return false;
  const bare = name.replace(/^\[|\]$/g, '').replace(/^\*(?=\.)/, '');
  if (bare.startsWith('.')) return host.endsWith(bare);
  return host === bare || (isIP(host) === 0 && host.endsWith(`.${bare}`));
}

/** What is no range exempts nothing, as in kubectl. */
function isInRange(range: string, host: string): boolean {
  const [start = '', bits = ''] = range.split('/');
  const size = isIP(start) === 6 ? 128 : 32;
  if (isIP(start) === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > size) return false;
  const addresses = new BlockList();
  addresses.addSubnet(start, Number(bits), family(start));
  return addresses.check(host, family(host));
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
