import { execFileSync, spawnSync } from 'node:child_process';
import {
  accessSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { BenchError } from './benchError.ts';

const KWOK = 'sigs.k8s.io/kwok/cmd/kwok@v0.8.0';
const KUEUE = 'sigs.k8s.io/kueue@v0.19.2';

/** The programs of others that a bench runs: their paths. */
export interface Programs {
  /** etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kubectl in one. */
  readonly kubernetes: string;
  /** Fake kubelets. */
  readonly kwok: string;
  /** Endwell itself. */
  readonly endwell: string;
}

/** A system's program and the folder with its CRDs. */
export interface ProgramAndCrds {
  readonly program: string;
  readonly crds: string;
}

/** Where programs are kept that were built here. */
const BUILT = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'endwell-peers');

/** Folders in which a program is looked for, the user's own first; then what the test cluster has built. */
function folders(): string[] {
  const testcluster = process.env['TESTCLUSTER_CACHE'] ?? join(homedir(), '.cache', 'testcluster');
  const own = process.env['PEERS_BIN'];
  return [...(own === undefined ? [] : [own]), join(testcluster, 'bin'), BUILT];
}

/** Finds what every system needs; fake kubelets are built where Go is at hand. */
export function findPrograms(): Programs {
  const endwell = process.env['PEERS_ENDWELL'] ?? join(import.meta.dirname, '../../../dist/endwell.js');
  if (!existsSync(endwell))
    throw new BenchError(`finding Endwell: there is no ${endwell}; run npm run build`);
  return {
    kubernetes: found('kubernetes') ?? refuseWithoutKubernetes(),
    kwok: found('kwok') ?? builtKwok(),
    endwell,
  };
}

/** Kueue's manager, which is built where Go is at hand; undefined, said on stderr, where it can't be had. */
export function findKueue(): ProgramAndCrds | undefined {
  const program = found('kueue');
  if (program !== undefined)
    return { program, crds: process.env['KUEUE_CRDS'] ?? join(program, '..', 'kueue-crds') };
  if (!hasGo()) {
    console.error(
      'bench:peers: Kueue is left out: no program kueue in PEERS_BIN, and no Go to build it with',
    );
    return undefined;
  }
  try {
    return builtKueue();
  } catch (error) {
    if (!(error instanceof BenchError)) throw error;
    console.error(`bench:peers: Kueue is left out: ${error.message}`);
    return undefined;
  }
}

/** Argo's workflow controller with its CRDs, where ARGO_CONTROLLER and ARGO_CRDS name them: it can't be built from a module. */
export function findArgo(): ProgramAndCrds | undefined {
  const [program, crds] = [process.env['ARGO_CONTROLLER'], process.env['ARGO_CRDS']];
  if (program === undefined || crds === undefined) return undefined;
  if (!isProgram(program))
    throw new BenchError(`finding Argo: ARGO_CONTROLLER names ${program}, which is no program`);
  return { program, crds };
}

function found(name: string): string | undefined {
  return folders()
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function refuseWithoutKubernetes(): never {
  throw new BenchError(
    `finding the program kubernetes (etcd, kube-apiserver, kube-controller-manager, kube-scheduler and kubectl in one): it is not in ${folders().join(', ')}; ` +
      'set PEERS_BIN to the folder that holds it, or start the test cluster once, which builds it',
  );
}

function hasGo(): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => isProgram(join(folder, 'go')));
}

function builtKwok(): string {
  if (!hasGo())
    throw new BenchError(
      `finding the program kwok (fake kubelets): it is not in ${folders().join(', ')}, and there is no Go to build it with; set PEERS_BIN to the folder that holds it`,
    );
  console.error(`bench:peers: building ${KWOK}, once …`);
  mkdirSync(BUILT, { recursive: true });
  go(['install', '-trimpath', KWOK], { GOBIN: BUILT });
  return join(BUILT, 'kwok');
}

/** Kueue must be built inside its module: only there its own go.sum holds. A module's folder can't be written to, so in a copy. */
function builtKueue(): ProgramAndCrds {
  console.error(`bench:peers: building ${KUEUE}, once; some minutes …`);
  mkdirSync(BUILT, { recursive: true });
  const { Dir: module } = JSON.parse(go(['mod', 'download', '-json', KUEUE])) as { Dir: string };
  const copy = mkdtempSync(join(tmpdir(), 'endwell-kueue-'));
  try {
    execFileSync('cp', ['-R', '--no-preserve=mode', `${module}/.`, copy]);
    const made = join(copy, 'kueue.built');
    go(['build', '-trimpath', '-o', made, './cmd/kueue'], {}, copy);
    const crds = join(BUILT, 'kueue-crds');
    mkdirSync(crds, { recursive: true });
    const bases = join(copy, 'config', 'components', 'crd', 'bases');
    for (const file of readdirSync(bases)) cpSync(join(bases, file), join(crds, file));
    cpSync(made, join(BUILT, 'kueue.new'));
    renameSync(join(BUILT, 'kueue.new'), join(BUILT, 'kueue'));
    return { program: join(BUILT, 'kueue'), crds };
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

function go(args: readonly string[], env: NodeJS.ProcessEnv = {}, cwd = tmpdir()): string {
  const settings = { GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0', ...env };
  const { status, stdout } = spawnSync('go', args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new BenchError(`building with go ${args[0]}: it failed; its message stands above`);
  return stdout;
}
