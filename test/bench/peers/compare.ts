import { availableParallelism, loadavg } from 'node:os';
import { measurePasses } from '../benches/admission.ts';
import { percentile } from '../report.ts';
import { BenchError } from './benchError.ts';
import { type Audit, type ControlPlane, startControlPlane } from './controlPlane.ts';
import { installCrds, measureCrds, measureKept } from './memory.ts';
import { keepProcesses } from './processes.ts';
import { findArgo, findKueue, findPrograms, type Programs } from './programs.ts';
import { type Request, SCENARIOS, type Scenario, SYSTEMS, type SystemTitle } from './request.ts';
import { NOISY, type Results } from './results.ts';
import { clean, measureRound, type Pace, type Round } from './round.ts';
import { argo } from './systems/argo.ts';
import { endwell } from './systems/endwell.ts';
import { kueue } from './systems/kueue.ts';
import { native } from './systems/native.ts';
import { type Shape, type System } from './systems/system.ts';
import { countWrites, ownWrites } from './writes.ts';

/** A first small round warms caches and connections; it is not kept. */
const WARM_RUNS = 10;

/** Measures all that was asked for into `results`. Whatever happens, no process is left; an abort of `signal` is thrown. */
export async function compare(
  request: Request,
  folder: () => string,
  results: Results,
  signal: AbortSignal,
): Promise<void> {
  const programs = findPrograms();
  warnIfBusy();
  results.decisionsPerSecond = decisionsPerSecond();
  for (const system of systemsOf(request, programs)) {
    const wanted = scenariosOf(request, system);
    if (wanted.some((scenario) => scenario !== 'writes'))
      await onFreshPlane(folder(), programs, 'not audited', signal, async (plane) => {
        await measureTimes(plane, system, wanted, request, results);
        // Asked to, not killed as the rest: then its Node writes the profile that it may have been told to make.
        await plane.processes.end(system.name);
      });
    if (wanted.includes('writes'))
      await onFreshPlane(folder(), programs, 'audited', signal, async (plane) => {
        await measureWrites(plane, system, request, results);
      });
  }
}

/** Half a core's worth of other work is more than a tenth of any small machine. */
const BUSY_LOAD = 0.5;

function warnIfBusy(): void {
  const [load = 0] = loadavg();
  if (load < BUSY_LOAD) return;
  console.error(
    `bench:peers: the machine is busy (load ${load.toFixed(1)} on ${availableParallelism()} cores): rounds in which others take more than ` +
      `${NOISY * 100} % of it are marked as noisy; for figures of time end what else runs`,
  );
}

/** What is started ends before this does, aborted or not. */
async function onFreshPlane(
  folder: string,
  programs: Programs,
  audit: Audit,
  signal: AbortSignal,
  work: (plane: ControlPlane) => Promise<void>,
): Promise<void> {
  signal.throwIfAborted();
  const processes = keepProcesses(folder);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    await Promise.race([startControlPlane(folder, processes, programs, audit).then(work), aborted]);
  } finally {
    await processes.close();
  }
}

async function measureTimes(
  plane: ControlPlane,
  system: System,
  wanted: readonly Scenario[],
  request: Request,
  results: Results,
): Promise<void> {
  if (wanted.includes('crds')) results.crds.push(await measureCrds(plane, system));
  else await installCrds(plane, system);
  await makeReady(plane, system);
  const rounds = async (pace: Pace, n: number, handler: Shape['handler'], times: number) => {
    for (let round = 1; round <= times; round += 1) {
      const runFor = pace === 'idle' ? '200ms' : '1s';
      const measured = await measureRound(plane, system, pace, n, { runFor, handler });
      results.rounds.push(measured);
      say(measured);
      await clean(plane, system);
    }
  };
  const { runs, idleRuns, rounds: times } = request;
  if (wanted.includes('burst')) await rounds('burst', runs, 'without handler', times);
  if (wanted.includes('exit')) await rounds('burst', runs, 'with handler', times);
  if (wanted.includes('idle'))
    await rounds('idle', idleRuns, system.hasHandler ? 'with handler' : 'without handler', 1);
  if (wanted.includes('kept')) results.kept.push(...(await measureKept(plane, system, request.kept)));
}

async function measureWrites(
  plane: ControlPlane,
  system: System,
  { writesRuns }: Request,
  results: Results,
): Promise<void> {
  await installCrds(plane, system);
  await makeReady(plane, system);
  const handlers = system.hasHandler
    ? (['without handler', 'with handler'] as const)
    : (['without handler'] as const);
  for (const handler of handlers) {
    const writes = await countWrites(plane, system, writesRuns, handler);
    results.writes.push({ ...writes, own: ownWrites(system, writes) });
    await clean(plane, system);
  }
}

async function makeReady(plane: ControlPlane, system: System): Promise<void> {
  await system.start(plane);
  await measureRound(plane, system, 'burst', WARM_RUNS, { runFor: '1s', handler: 'without handler' });
  await clean(plane, system);
}

/** Each round as soon as it is there: a bench takes long, and who waits wants to see what it says. */
function say(round: Round): void {
  const { system, pace, handler, n, perSecond, ownCpuMs, stackCpuMs, others } = round;
  const noise = others > NOISY ? `; NOISY: others took ${(others * 100).toFixed(0)} % of the machine` : '';
  console.error(
    `bench:peers: ${system}, ${pace}, ${handler}: ${n} runs, ${perSecond.toFixed(1)}/s, own CPU ${ownCpuMs.toFixed(1)} ms, ` +
      `whole stack ${stackCpuMs.toFixed(0)} ms a run${noise}`,
  );
}

/** Systems that were named must be there; without a name those that can be had. */
function systemsOf({ systems }: Request, programs: Programs): System[] {
  const wanted = systems.length > 0 ? systems : SYSTEMS.filter((title) => title !== 'native:default');
  return wanted.flatMap((title) => {
    const system = systemOf(title, programs);
    if (system === undefined && systems.length > 0)
      throw new BenchError(`finding ${title}: its program can't be had; ${HOW_TO_HAVE}`);
    return system ?? [];
  });
}

const HOW_TO_HAVE =
  'Kueue needs PEERS_BIN or Go, Argo needs ARGO_CONTROLLER and ARGO_CRDS (test/bench/peers/README.md)';

function systemOf(title: SystemTitle, programs: Programs): System | undefined {
  switch (title) {
    case 'endwell':
      return endwell(programs);
    case 'native:default':
    case 'native:tuned':
      return native(title === 'native:tuned' ? 'tuned' : 'default');
    case 'kueue:default':
    case 'kueue:tuned': {
      const found = findKueue();
      return found && kueue(title === 'kueue:tuned' ? 'tuned' : 'default', found);
    }
    case 'argo:default':
    case 'argo:tuned': {
      const found = findArgo();
      return found && argo(title === 'argo:tuned' ? 'tuned' : 'default', found);
    }
    default:
      return title satisfies never;
  }
}

/** Without a word those that say something of a system. */
function scenariosOf({ scenarios }: Request, system: System): Scenario[] {
  const all = Object.keys(SCENARIOS) as Scenario[];
  const wanted = scenarios.length > 0 ? all.filter((name) => scenarios.includes(name)) : all;
  const ofHandlers: readonly Scenario[] = ['exit', 'kept', 'crds'];
  return wanted.filter((name) => system.hasHandler || !ofHandlers.includes(name));
}

/** Grants of one pass over 10,000 waiting runs and 500 free slots, for each second of CPU that it takes. */
function decisionsPerSecond(): number {
  const granted = 500;
  const cpuMs = percentile(measurePasses({ maxRunning: 100 + granted }, 10), 0.5);
  return (granted * 1000) / cpuMs;
}
