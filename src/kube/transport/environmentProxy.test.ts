import { describe, expect, it } from 'vitest';
import { KubeconfigError } from '../errors.ts';
import { environmentProxy } from './environmentProxy.ts';

const proxy = 'http://proxy:3128';

describe('environmentProxy', () => {
  it.each([
    ['nothing is set', 'https://api:6443', {}, undefined],
    ['HTTPS_PROXY is for https', 'https://api:6443', { HTTPS_PROXY: proxy, HTTP_PROXY: 'http://no' }, proxy],
    ['HTTP_PROXY is for http', 'http://api:8080', { HTTPS_PROXY: 'http://no', HTTP_PROXY: proxy }, proxy],
    ['names in small letters count too', 'https://api', { https_proxy: proxy }, proxy],
    ['an empty one is none', 'https://api', { HTTPS_PROXY: '' }, undefined],
    ['without a scheme it is http', 'https://api', { HTTPS_PROXY: 'proxy:3128' }, proxy],
    ['this machine is never reached by a proxy', 'https://127.0.0.1:6443', { HTTPS_PROXY: proxy }, undefined],
    ['nor by its name', 'https://localhost:6443', { HTTPS_PROXY: proxy }, undefined],
    ['nor by IPv6', 'https://[::1]:6443', { HTTPS_PROXY: proxy }, undefined],
  ])('%s', (_case, server, env, expected) => {
    expect(environmentProxy(server, env)).toBe(expected);
  });

  it.each([
    ['*', 'https://api', undefined],
    ['other, api.example.com', 'https://api.example.com', undefined],
    ['example.com', 'https://api.example.com', undefined],
    ['example.com', 'https://badexample.com', proxy],
    ['.example.com', 'https://api.example.com', undefined],
    ['.example.com', 'https://example.com', proxy],
    ['*.example.com', 'https://api.example.com', undefined],
    ['EXAMPLE.com', 'https://api.Example.com', undefined],
    ['api:6443', 'https://api:6443', undefined],
    ['api:6443', 'https://api:443', proxy],
    ['api:443', 'https://api', undefined],
    ['10.1.2.3', 'https://10.1.2.3:6443', undefined],
    ['10.1.0.0/16', 'https://10.1.2.3:6443', undefined],
    ['10.1.0.0/16', 'https://10.2.2.3:6443', proxy],
    ['fd00::/8', 'https://[fd00::1]:6443', undefined],
    ['10.1.0.0/99, nonsense/8', 'https://10.1.2.3', proxy],
  ])('NO_PROXY=%s for %s', (list, server, expected) => {
    expect(environmentProxy(server, { HTTPS_PROXY: proxy, NO_PROXY: list })).toBe(expected);
    expect(environmentProxy(server, { HTTPS_PROXY: proxy, no_proxy: list })).toBe(expected);
  });

  it.each(['ftp://proxy', 'http://'])('refuses %s, naming the variable', (value) => {
    const find = () => environmentProxy('https://api', { https_proxy: value });
    expect(find).toThrow(KubeconfigError);
    expect(find).toThrow(/https_proxy .* must be the URL of a proxy/);
  });
});
