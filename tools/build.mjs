// Builds dist/: one program with its lazily loaded parts, and beside it the packages that can't be bundled.
// dist/ is all that `npx endwell` and the container image need besides Node.
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
/** Loads a prebuilt native library from its own folder. */
const NOT_BUNDLED = ['classic-level'];
/** Bundled CommonJS packages ask for these at run time. */
const BANNER =
  "import { createRequire as __endwellRequire } from 'node:module';\nconst require = __endwellRequire(import.meta.url);";

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);
await build({
  entryPoints: { endwell: join(root, 'src/main.ts') },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'parts/[name]-[hash]',
  external: NOT_BUNDLED,
  banner: { js: BANNER },
  minifySyntax: true,
  legalComments: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
});
const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(
  join(dist, 'package.json'),
  `${JSON.stringify({ name: 'endwell', version, license, type: 'module' })}\n`,
);
for (const name of NOT_BUNDLED) copyWithDependencies(name, new Set());
chmodSync(join(dist, 'endwell.js'), 0o755);

/** Copies a package and all that it needs at run time into dist/node_modules. */
function copyWithDependencies(name, seen) {
  if (seen.has(name)) return;
  seen.add(name);
  const from = join(root, 'node_modules', name);
  if (!existsSync(from))
    throw new Error(`building dist: package ${name} is not installed at the top of node_modules`);
  cpSync(from, join(dist, 'node_modules', name), { recursive: true, filter: isNeededAtRunTime });
  const { dependencies = {} } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  for (const dependency of Object.keys(dependencies)) copyWithDependencies(dependency, seen);
}

/** Leaves out C++ sources and the prebuilt libraries of other systems. */
function isNeededAtRunTime(path) {
  if (/classic-level[\\/](deps|binding\.cc|binding\.gyp)$/.test(path)) return false;
  const prebuilt = /[\\/]prebuilds[\\/]([^\\/]+)/.exec(path);
  return prebuilt === null || prebuilt[1].startsWith(process.platform);
}
