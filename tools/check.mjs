// The one gate: every check of the repository, in order of speed. Prints a line for each and all output of those that fail.
import { spawn } from 'node:child_process';

/** Each: name, command. Generated files are made anew and must not differ. */
const CHECKS = [
  ['format', 'biome check --error-on-warnings .'],
  ['lint', 'oxlint --type-aware --deny-warnings src test tools examples'],
  ['types', 'tsc -p .'],
  ['import rules, map, docs', 'tsx tools/check-repository.ts'],
  ['dead exports', 'knip --no-progress'],
  ['generated files fresh', 'tsx tools/generate.ts --check'],
  ['unit tests', 'vitest run --project local src/ tools/ --reporter=dot'],
];

let failed = 0;
for (const [name, command] of CHECKS) {
  const start = performance.now();
  const { code, output } = await run(command);
  const seconds = ((performance.now() - start) / 1000).toFixed(1).padStart(6);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${seconds} s  ${name}`);
  if (code !== 0) {
    failed += 1;
    console.log(output.replaceAll(/^/gm, '       '));
  } else if (name === 'unit tests') {
    console.log(
      output
        .split('\n')
        .filter((line) => /Test Files|^\s*Tests/.test(line))
        .join('\n'),
    );
  }
}
if (failed > 0)
  console.log(`${failed} of ${CHECKS.length} checks failed; mend them and run npm run check again.`);
process.exit(failed > 0 ? 1 : 0);

function run(command) {
  return new Promise((resolve) => {
    const child = spawn(command, { shell: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
    child.on('close', (code) => resolve({ code, output }));
  });
}
