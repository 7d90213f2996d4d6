import { runs } from '../../../actions/resources.ts';
import { NotFoundError, UnreachableError } from '../../../kube/errors.ts';
import type { KubeClient } from '../../../kube/types.ts';
import { CliError, EXIT, type ExitCode } from '../../cliError.ts';
import { openCluster } from '../../connect/openCluster.ts';
import type { CliContext } from '../../context.ts';
import { toYaml } from '../../output/yaml.ts';
import { readLead } from '../doctor/checks.ts';
import { askForPods } from './askForPods.ts';
import { type DrillFlags, type DrillSettings, readSettings } from './flags.ts';
import { hintOf } from './hint.ts';
import { findRestartable, type Restartable } from './leader.ts';
import { perform } from './perform.ts';
import { boundPlace, makePlace, type Place } from './place.ts';
import { removePlace } from './removePlace.ts';
import { leftOver, makeReport, printReport, type Report } from './report.ts';
import { describeMissing, missingRights, neededRights } from './rights.ts';

/** The clients of a drill: one to work with, and one whose connections are cut. */
interface Clients {
  readonly client: KubeClient;
  readonly toBeCut: KubeClient;
  readonly origin: string;
}

/** From its time limit to its surest end: what goes by itself, and the namespace, are waited for. */
const AFTERMATH_MS = 240_000;

/** `endwell drill`: exit code 0 only if every figure that has to be zero is, and nothing of it stays. */
export async function drill(context: CliContext, flags: DrillFlags): Promise<ExitCode> {
  const settings = readSettings(flags);
  const cluster = await openCluster(context, flags);
  try {
    const other = await openCluster(context, flags);
    try {
      const { client, origin } = cluster;
      return await onCluster(context, flags, settings, { client, toBeCut: other.client, origin });
    } finally {
      await other.close();
    }
  } catch (error) {
    throw error instanceof UnreachableError
      ? new CliError(error.message, EXIT.unreachable, { cause: error })
      : error;
  } finally {
    await cluster.close();
  }
}

async function onCluster(
  context: CliContext,
  flags: DrillFlags,
  settings: DrillSettings,
  clients: Clients,
): Promise<ExitCode> {
  const { client, origin } = clients;
  const { namespace, seconds } = settings;
  const { clock } = context;
  await refuseWithoutRights(context, client, namespace);
  await refuseWithoutRuns(client, namespace);
  const restartable = await restartableOf(flags, client);
  const { said } = await readLead(client);
  const until = clock.now() + seconds * 1000 + AFTERMATH_MS;
  const leftOverOf = flags.yes === true ? 'remove' : 'refuse';
  const place = await makePlace(client, { namespace, leftOver: leftOverOf, until }, clock);
  tell(context, `drill on ${origin}, in namespace ${namespace}, for ${seconds} s at most`);
  tell(context, `operator: ${said}`);
  const report = await inPlace(context, settings, clients, place, restartable);
  if (report === undefined) return EXIT.interrupted;
  context.out(textOf(report, flags.output));
  return report.ok ? EXIT.ok : EXIT.failed;
}

/** Whatever happens in between, the namespace is removed in the end. Undefined when it was interrupted. */
async function inPlace(
  context: CliContext,
  settings: DrillSettings,
  clients: Clients,
  place: Place,
  restartable: Restartable,
): Promise<Report | undefined> {
  const { clock, interrupted } = context;
  const { client } = clients;
  try {
    const findings = await findingsOf(context, settings, clients, place, restartable);
    const hint = findings.cutShort === undefined ? undefined : hintOf(await readLead(client));
    tell(context, `removing namespace ${place.namespace}`);
    return makeReport(place.namespace, findings, await removePlace(client, place, clock), hint);
  } catch (error) {
    const why = interrupted.aborted ? 'interrupted: ' : '';
    tell(context, `${why}removing namespace ${place.namespace}`);
    const removal = await removePlace(client, place, clock);
    tell(context, removal.kind === 'gone' ? 'nothing of the drill is left' : leftOver(removal));
    if (interrupted.aborted) return undefined;
    throw error;
  }
}

async function findingsOf(
  context: CliContext,
  { image, runs: count, seconds }: DrillSettings,
  { client, toBeCut }: Clients,
  place: Place,
  restartable: Restartable,
) {
  const { clock, random, interrupted } = context;
  const { namespace } = place;
  const unbounded = await boundPlace(client, place, clock);
  if (unbounded !== undefined) tell(context, `no quota bounds the drill: ${unbounded}`);
  await askForPods({ client, clock, signal: interrupted }, namespace, image);
  const until = clock.monotonic() + seconds * 1000;
  return perform({
    client,
    toBeCut,
    clock,
    random,
    namespace,
    image,
    runs: count,
    until,
    restartable,
    signal: interrupted,
    tell: (line) => tell(context, line),
  });
}

async function refuseWithoutRights(
  context: CliContext,
  client: KubeClient,
  namespace: string,
): Promise<void> {
  const missing = await missingRights(client, neededRights(namespace));
  if (missing.length === 0) return;
  for (const line of describeMissing(missing)) tell(context, line);
  throw new CliError(
    `the drill needs ${missing.length} more ${missing.length === 1 ? 'right' : 'rights'}, named above: ask the cluster’s administrator for a ClusterRole with these rules; nothing was changed`,
    EXIT.notAccepted,
  );
}

async function refuseWithoutRuns(client: KubeClient, namespace: string): Promise<void> {
  try {
    await client.list(runs, { namespace, limit: 1 });
  } catch (cause) {
    if (!(cause instanceof NotFoundError)) throw cause;
    const fix = 'endwell crds | kubectl apply --server-side -f -';
    throw new CliError(`this cluster has no runs: install them by ${fix}`, EXIT.notAccepted, { cause });
  }
}

async function restartableOf({ operatorRestart }: DrillFlags, client: KubeClient): Promise<Restartable> {
  if (operatorRestart === false) return { kind: 'no', why: '--no-operator-restart' };
  return findRestartable(client);
}

function textOf(report: Report, output: DrillFlags['output']): string {
  if (output === 'json') return `${JSON.stringify(report, null, 2)}\n`;
  return output === 'yaml' ? toYaml(report) : printReport(report);
}

function tell(context: CliContext, line: string): void {
  context.err(`${line}\n`);
}
