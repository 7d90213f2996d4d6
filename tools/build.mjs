// Builds dist/: one program with its lazily loaded parts, and beside it the packages that can't be bundled.
// dist/ is all that `npx endwell` and the container image need besides Node.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Built apart and then put in place, so that a program that is running never finds half of itself. */
const dist = mkdtempSync(join(root, '.dist-'));
process.on('exit', () => rmSync(dist, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1));
/** One loads a prebuilt native library from its own folder; the other its WebAssembly. */
const NOT_BUNDLED = ['classic-level', '@electric-sql/pglite'];
/** The embedded database. */
const ENGINE = join(root, 'src/store/sql/embeddedEngine.js');
/** Bundled CommonJS packages ask for these at run time. */
const BANNER =
  "import { createRequire as __endwellRequire } from 'node:module';\nconst require = __endwellRequire(import.meta.url);";

/** Packages that give Node CommonJS but have ES modules too: smaller, and names survive a lazy import. */
const AS_MODULES = { yaml: join(root, 'node_modules/yaml/browser/index.js') };

const { metafile } = await build({
  entryPoints: {
    endwell: join(root, 'src/main.ts'),
    // A thread of its own loads it by its URL, from beside the part that starts it.
    'parts/embeddedEngine': ENGINE,
  },
  outdir: dist,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  chunkNames: 'parts/[name]-[hash]',
  external: NOT_BUNDLED,
  alias: AS_MODULES,
  metafile: true,
  banner: { js: BANNER },
  minifySyntax: true,
  legalComments: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
});
refuseLazyCommonJs(metafile.inputs);
refuseSchemas(metafile.outputs);
const { version, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(
  join(dist, 'package.json'),
  `${JSON.stringify({ name: 'endwell', version, license, type: 'module' })}\n`,
);
for (const name of NOT_BUNDLED) copyWithDependencies(name, new Set());
packNewDatabase();
chmodSync(join(dist, 'endwell.js'), 0o755);
chmodSync(dist, 0o755);
putInPlace();

/** To make a new database takes seconds: a packed one comes with dist/, and is kept for as long as what makes it is the same. */
function packNewDatabase() {
  const maker = [ENGINE, join(root, 'node_modules/@electric-sql/pglite/package.json')];
  const hash = createHash('sha256');
  for (const path of maker) hash.update(readFileSync(path));
  const cache = join(root, 'node_modules/.cache');
  const kept = join(cache, `pgdata-${hash.digest('hex').slice(0, 12)}.tar.gz`);
  if (!existsSync(kept)) {
    mkdirSync(cache, { recursive: true });
    execFileSync(process.execPath, [ENGINE, join(dist, 'pgdata'), join(dist, 'pgdata.tar.gz')]);
    renameSync(join(dist, 'pgdata.tar.gz'), kept);
    rmSync(join(dist, 'pgdata'), { recursive: true });
  }
  copyFileSync(kept, join(dist, 'parts/pgdata.tar.gz'));
}

function putInPlace() {
  const old = `${dist}-old`;
  const target = join(root, 'dist');
  if (existsSync(target)) renameSync(target, old);
  renameSync(dist, target);
  rmSync(old, { recursive: true, force: true });
}

/** A lazy import of CommonJS loses its names in the bundle, though it works from source. */
function refuseLazyCommonJs(inputs) {
  for (const [importer, { imports }] of Object.entries(inputs)) {
    const lost = imports.find(
      ({ path, kind }) => kind === 'dynamic-import' && inputs[path]?.format === 'cjs',
    );
    if (lost)
      throw new Error(
        `building dist: ${importer} imports ${lost.path} lazily, which is CommonJS: import it statically from a file that is imported lazily`,
      );
  }
}

/** A call of the command line would take longer to make schemas, which are only types to it, than for all that it does. */
function refuseSchemas(outputs) {
  const [path] = Object.entries(outputs).find(
    ([, { entryPoint }]) => entryPoint === 'src/cli/commands/run/list.ts',
  );
  const loaded = new Set([path]);
  for (const one of loaded) {
    const { imports, inputs } = outputs[one];
    if (Object.keys(inputs).some((input) => input.includes('node_modules/zod/')))
      throw new Error(
        'building dist: endwell run list loads zod: import types alone from what makes schemas, or import it lazily',
      );
    for (const { path: next, kind } of imports)
      if (kind === 'import-statement' && next in outputs) loaded.add(next);
  }
}

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

/** Leaves out C++ sources, the prebuilt libraries of other systems, and of PGlite what extends it (10 of 27 MB). */
function isNeededAtRunTime(path) {
  const pglite = /pglite[\\/]dist[\\/](.+)$/.exec(path);
  if (pglite !== null) return isNeededOfPglite(pglite[1].replaceAll('\\', '/'));
  if (/classic-level[\\/](deps|binding\.cc|binding\.gyp)$/.test(path)) return false;
  const prebuilt = /[\\/]prebuilds[\\/]([^\\/]+)/.exec(path);
  return prebuilt === null || prebuilt[1].startsWith(process.platform);
}

/** The ES modules that its index loads, the two programs, and the files that a new database is made from. */
function isNeededOfPglite(path) {
  return (
    path === 'fs' ||
    /^(index|chunk-\w+|fs\/[\w-]+)\.js$/.test(path) ||
    /^(pglite|initdb)\.(wasm|data)$/.test(path)
  );
}
