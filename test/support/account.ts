import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { forThisFile } from './forThisFile.ts';
import { kubectlCommand } from './testcluster.ts';

/** A service account of the cluster, and a kubeconfig that has its token and nothing else. */
export interface Account {
  /** `system:serviceaccount:<namespace>:<name>` */
  readonly username: string;
  readonly kubeconfig: string;
}

/** What an account may do: `edit` its namespace, and reach the server as a user of the command line does. */
export interface Rights {
  readonly edits: boolean;
  readonly connects: boolean;
}

/** Makes accounts for the tests of a file; what it gave them outside their namespace it takes away at the end. */
export interface Accounts {
  account(namespace: string, name: string, rights: Rights): Promise<Account>;
  /** One that is there already, with the rights that it has. */
  existing(namespace: string, name: string): Promise<Account>;
}

/** Runs kubectl as the administrator of KUBECONFIG and gives what it printed. */
export async function kubectl(...args: string[]): Promise<string> {
  const [program, ...first] = kubectlCommand();
  const all = [...first, '--kubeconfig', String(process.env['KUBECONFIG']), ...args];
  return (await promisify(execFile)(program, all)).stdout;
}

/** Opens them for the tests of a file. */
export function useAccounts(): () => Accounts {
  return forThisFile(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'endwell-accounts-'));
    const bindings: string[] = [];
    const bind = (namespace: string, binding: string, role: string, subject: string) =>
      kubectl('create', 'rolebinding', '-n', namespace, binding, role, `--serviceaccount=${subject}`);
    const existing = async (namespace: string, name: string): Promise<Account> => {
      const token = (await kubectl('create', 'token', '-n', namespace, name)).trim();
      const kubeconfig = join(folder, `${namespace}-${name}.yaml`);
      await writeFile(kubeconfig, await withToken(token), { mode: 0o600 });
      return { username: `system:serviceaccount:${namespace}:${name}`, kubeconfig };
    };
    return {
      async account(namespace, name, { edits, connects }) {
        await kubectl('create', 'serviceaccount', '-n', namespace, name);
        const subject = `${namespace}:${name}`;
        const binding = `${namespace}-${name}`;
        if (edits) await bind(namespace, binding, '--clusterrole=edit', subject);
        if (connects) {
          bindings.push(binding);
          await bind('endwell-system', binding, '--role=endwell-connect', subject);
        }
        return existing(namespace, name);
      },
      existing,
      async close() {
        if (bindings.length > 0) await kubectl('delete', 'rolebinding', '-n', 'endwell-system', ...bindings);
        await rm(folder, { recursive: true, force: true });
      },
    };
  });
}

/** The administrator's kubeconfig with another user. */
async function withToken(token: string): Promise<string> {
  const config = parse(await readFile(String(process.env['KUBECONFIG']), 'utf8')) as {
    'current-context': string;
    contexts: { name: string; context: { cluster: string } }[];
  };
  const current = config.contexts.find(({ name }) => name === config['current-context']);
  const context = { cluster: current?.context.cluster, user: 'account' };
  return stringify({
    ...config,
    contexts: [{ name: 'account', context }],
    users: [{ name: 'account', user: { token } }],
    'current-context': 'account',
  });
}
