/** Program and first arguments of kubectl: TESTCLUSTER's where there is one, so that its version is known. */
export function kubectlCommand(): [string, ...string[]] {
  const program = process.env['TESTCLUSTER'];
  return program === undefined ? ['kubectl'] : [program, 'kubectl'];
}
