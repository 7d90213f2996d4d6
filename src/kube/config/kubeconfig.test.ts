import { describe, expect, it } from 'vitest';
import { KubeconfigError } from '../errors.ts';
import { loadKubeconfig } from './kubeconfig.ts';

/** A disk of these files. */
const disk = (files: Readonly<Record<string, string>>) => async (path: string) => {
  const text = files[path];
  if (text === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' });
  return text;
};

const load = (
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = { HOME: '/home/me' },
  more: { path?: string; context?: string } = {},
) => loadKubeconfig({ env, readFile: disk(files), ...more });

const pem = (name: string) => `-----BEGIN ${name}-----\n`;
const base64 = (text: string) => Buffer.from(text).toString('base64');

/** A kubeconfig of one context, with these lines of its cluster and user. */
const config = (cluster: string[], user: string[] = ['token: secret'], context = ['namespace: team']) => `
apiVersion: v1
kind: Config
current-context: dev
contexts: [{ name: dev, context: { cluster: c, user: u, ${context.join(', ')} } }]
clusters: [{ name: c, cluster: { ${cluster.join(', ')} } }]
users: [{ name: u, user: { ${user.join(', ')} } }]
`;
const HOME = '/home/me/.kube/config';
const server = 'server: "https://api:6443"';

describe('loadKubeconfig', () => {
  it('reads the current context of ~/.kube/config', async () => {
    const ca = `certificate-authority-data: ${base64(pem('CA'))}`;
    expect(await load({ [HOME]: config([server, ca, 'tls-server-name: api']) })).toEqual({
      origin: `context "dev" of ${HOME}`,
      server: 'https://api:6443',
      namespace: 'team',
      ca: { kind: 'data', pem: pem('CA') },
      tlsServerName: 'api',
      insecureSkipTlsVerify: false,
      clientCertificate: undefined,
      proxyUrl: undefined,
      login: { kind: 'token', token: 'secret' },
      impersonation: undefined,
    });
  });

  it('merges the files of KUBECONFIG: the first that says something wins, missing files are passed over', async () => {
    const first = `
contexts: [{ name: b, context: { cluster: c } }]
clusters: [{ name: c, cluster: { server: "https://first" } }]`;
    const second = `
current-context: b
contexts: [{ name: b, context: { cluster: other } }, { name: d, context: { cluster: only-here } }]
clusters: [{ name: c, cluster: { server: "https://second" } }, { name: only-here, cluster: { server: "https://d/" } }]`;
    const env = { KUBECONFIG: '/missing:/1:/2::/1' };
    expect((await load({ '/1': first, '/2': second }, env)).server).toBe('https://first');
    expect((await load({ '/1': first, '/2': second }, env, { context: 'd' })).server).toBe('https://d');
    expect((await load({ '/1': second, '/2': first }, env, { path: '/1', context: 'd' })).server).toBe(
      'https://d',
    );
  });

  it('takes paths relative to the file that names them', async () => {
    const files = {
      '/etc/k/config': config(
        [server, 'certificate-authority: ca.pem'],
        ['client-certificate: pki/me.pem', 'client-key: /abs/me.key', 'tokenFile: ../token'],
      ),
      '/etc/k/ca.pem': pem('CA'),
      '/etc/k/pki/me.pem': pem('CERTIFICATE'),
      '/abs/me.key': pem('KEY'),
      '/etc/token': 'secret',
    };
    expect(await load(files, { KUBECONFIG: '/etc/k/config' })).toMatchObject({
      ca: { path: '/etc/k/ca.pem' },
      clientCertificate: { certificate: { path: '/etc/k/pki/me.pem' }, key: { path: '/abs/me.key' } },
      login: { kind: 'tokenFile', path: '/etc/token' },
    });
  });

  it('reads exec plugins, basic auth, a proxy and impersonation', async () => {
    const exec = `exec: { apiVersion: client.authentication.k8s.io/v1beta1, command: ./login, args: [a], env: [{ name: A, value: b }], provideClusterInfo: true, installHint: get it }`;
    const extensions =
      'extensions: [{ name: client.authentication.k8s.io/exec, extension: { audience: x } }]';
    const as = ['as: ann', 'as-groups: [g]', 'as-user-extra: { k: [v] }'];
    const proxy = 'proxy-url: "http://proxy:3128"';
    const access = await load({ [HOME]: config([server, proxy, extensions], [exec, ...as]) });
    expect(access.proxyUrl).toBe('http://proxy:3128');
    expect(access.impersonation).toEqual({ user: 'ann', uid: undefined, groups: ['g'], extra: { k: ['v'] } });
    expect(access.login).toEqual({
      kind: 'exec',
      plugin: {
        apiVersion: 'client.authentication.k8s.io/v1beta1',
        command: '/home/me/.kube/login',
        args: ['a'],
        env: { A: 'b' },
        installHint: 'get it',
        provideClusterInfo: true,
        clusterConfig: { audience: 'x' },
      },
    });
    const basic = await load({ [HOME]: config([server], ['username: ann', 'password: "1"']) });
    expect(basic.login).toEqual({ kind: 'basic', username: 'ann', password: '1' });
  });

  it('is the service account of the pod where there is no kubeconfig', async () => {
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount';
    const files = {
      [`${folder}/token`]: 't',
      [`${folder}/ca.crt`]: pem('CA'),
      [`${folder}/namespace`]: 'team\n',
    };
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1', KUBERNETES_SERVICE_PORT: '443' };
    expect(await load(files, env)).toMatchObject({
      server: 'https://[fd00::1]:443',
      namespace: 'team',
      login: { kind: 'tokenFile', path: `${folder}/token` },
      ca: { kind: 'file', path: `${folder}/ca.crt` },
    });
  });

  it.each([
    [
      'no cluster anywhere',
      {},
      'finding a cluster: there is no kubeconfig (looked for /home/me/.kube/config), and this is not a pod: set KUBECONFIG or pass --kubeconfig FILE',
    ],
    [
      'no YAML',
      { [HOME]: 'a: [' },
      /^reading kubeconfig \/home\/me\/.kube\/config: it is not YAML: .*line 1/,
    ],
    ['a list', { [HOME]: '- a' }, /it is not a kubeconfig/],
    ['another kind', { [HOME]: 'kind: Pod' }, /it is a Pod, not a kubeconfig/],
    [
      'no current context',
      { [HOME]: 'contexts: [{ name: a }, { name: b }]' },
      /it has no current-context: choose one with "kubectl config use-context NAME" \(there is: a, b\)$/,
    ],
    ['a context that is not there', { [HOME]: 'current-context: x' }, /has no context "x"$/],
    [
      'a cluster that is not there',
      { [HOME]: 'current-context: a\ncontexts: [{ name: a, context: { cluster: z } }]' },
      /^reading kubeconfig: context "a" of .* has no cluster "z"$/,
    ],
    ['no server', { [HOME]: config([]) }, /cluster "c" of .* has no server: add it$/],
    [
      'a server without a scheme',
      { [HOME]: config(['server: "api:6443"']) },
      /server of cluster "c" .* is "api:6443": it must be a URL that begins with http:\/\/ or https:\/\/$/,
    ],
    ['a wrong type', { [HOME]: config([server], ['token: 123']) }, /token of user "u" .* must be a text/],
    [
      'a file that is missing',
      { [HOME]: config([server, 'certificate-authority: ca.pem']) },
      `reading kubeconfig: certificate-authority /home/me/.kube/ca.pem of context "dev" of ${HOME}: there is no such file`,
    ],
    [
      'data that is no PEM',
      { [HOME]: config([server, 'certificate-authority-data: aGk=']) },
      /certificate-authority-data of cluster "c" .* is not a PEM in base64$/,
    ],
    [
      'a certificate without its key',
      { [HOME]: config([server], [`client-certificate-data: ${base64(pem('X'))}`]) },
      /user "u" .* has no client-key: certificate and key go together$/,
    ],
    [
      'trust and distrust',
      { [HOME]: config([server, 'insecure-skip-tls-verify: true', 'certificate-authority: x']) },
      /has both insecure-skip-tls-verify and a certificate-authority: remove one$/,
    ],
    [
      'a retired provider',
      { [HOME]: config([server], ['auth-provider: { name: oidc }']) },
      /uses auth-provider, which Kubernetes has retired/,
    ],
    [
      'an old plugin',
      {
        [HOME]: config([server], ['exec: { apiVersion: client.authentication.k8s.io/v1alpha1, command: x }']),
      },
      /only client.authentication.k8s.io\/v1 and v1beta1 are known/,
    ],
    [
      'groups without a user',
      { [HOME]: config([server], ['as-groups: [a]']) },
      /as-groups or as-user-extra without "as"/,
    ],
    [
      'a name twice',
      { [HOME]: 'clusters: [{ name: a }, { name: a }]' },
      /two clusters are named "a": rename one$/,
    ],
  ])('says in a sentence what is wrong: %s', async (_what, files, message) => {
    const loaded = load(files);
    await expect(loaded).rejects.toBeInstanceOf(KubeconfigError);
    await expect(loaded).rejects.toThrow(message);
  });

  it('says that a file given by name is missing', async () => {
    await expect(load({}, {}, { path: '/none' })).rejects.toThrow(
      'reading kubeconfig /none: there is no such file',
    );
  });
});
