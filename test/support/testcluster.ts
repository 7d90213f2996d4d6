import { execFileSync } from 'node:child_process';

/** The command of TESTCLUSTER: what a kubeconfig can't do (CONTRIBUTING.md, "A real cluster"). Throws when it is not set. */
export function testcluster(...args: string[]): string {
  const program = process.env['TESTCLUSTER'];
  if (program === undefined)
    throw new Error(
      'running this suite: TESTCLUSTER is not set; CONTRIBUTING.md, "A real cluster", says what it is',
    );
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Program and first arguments of kubectl: TESTCLUSTER's where there is one, so that its version is known. */
export function kubectlCommand(): [string, ...string[]] {
  const program = process.env['TESTCLUSTER'];
  return program === undefined ? ['kubectl'] : [program, 'kubectl'];
}
