import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Stands between a container's process and the kubelet, so that the container outlives the kubelet and its end is kept.
 * $1 is the folder of the run, the rest the command. In this order:
 * - Its signals are caught, so that those for the group reach the command (which gets the default action back) and not it.
 * - It claims the run by creating `started` with its pid and its line of the process table. When the file is there already a
 *   later kubelet has decided that this run never started, and nothing is started.
 * - The command runs in the foreground. The shell's own stderr is /dev/null, for a shell comments on killed children.
 * - The exit code goes to `exit` in one write; the file's time is the time of the end. Then what is left of the group is killed,
 *   the shim with it. Where the file can't be written the exit code is the shim's own.
 */
const SHIM = `
trap : TERM INT HUP QUIT USR1 USR2 ALRM PIPE
dir=$1
shift
{ read -r stat < "/proc/$$/stat"; } 2>/dev/null
set -C
echo "$$ $stat" > "$dir/started" || exit 0
set +C
"$@" 2>&1
code=$?
echo "$code" > "$dir/exit" && kill -KILL 0
exit "$code"
`;

/** A name that a POSIX shell passes on; others it drops from the environment. */
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** What a run's process is started with. */
export interface ShimOrder {
  readonly folder: string;
  /** An absolute path, then its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  /** Descriptor of the log: both output streams go there. */
  readonly output: number;
}

/** Starts a command under its shim, in a session and process group of its own whose id is the child's pid. */
export function spawnShim(order: ShimOrder): ChildProcess {
  const odd = Object.entries(order.env).filter(([name]) => !PLAIN_NAME.test(name));
  const prefix = odd.length > 0 ? ['/usr/bin/env', ...odd.map(([name, value]) => `${name}=${value}`)] : [];
  return spawn('/bin/sh', ['-c', SHIM, 'shim', order.folder, ...prefix, ...order.command], {
    cwd: order.workingDir,
    env: { ...order.env },
    detached: true,
    stdio: ['ignore', order.output, 'ignore'],
  });
}
