import { createColors } from 'picocolors';
import { ApiError } from '../../../contract/apiError.ts';
import { CliError, EXIT, type ExitCode } from '../../cliError.ts';
import { connect } from '../../connect/connect.ts';
import { openCluster } from '../../connect/openCluster.ts';
import type { CliContext, GlobalOptions } from '../../context.ts';
import { describeError } from '../../describeError.ts';
import { checkHistory } from './checkHistory.ts';
import { checkOperatorRights } from './checkOperatorRights.ts';
import { checkRights } from './checkRights.ts';
import { checkCrds, checkOperator, checkVersion, type Finding } from './checks.ts';

/** Options of `doctor`. */
export interface DoctorFlags extends GlobalOptions {
  readonly namespace?: string;
}

/** `endwell doctor`: one line a check with the fix; exit code 1 when one failed. */
export async function doctor(context: CliContext, options: DoctorFlags): Promise<ExitCode> {
  const findings = [...(await checkCluster(context, options)), ...(await checkServer(context, options))];
  const colors = createColors(context.hasColors);
  for (const { check, ok, said, fix } of findings) {
    const mark = ok ? colors.green('ok  ') : colors.red('FAIL');
    context.out(`${mark}  ${check}: ${said}${fix === undefined ? '' : `; fix: ${fix}`}\n`);
  }
  return findings.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

async function checkCluster(context: CliContext, options: DoctorFlags): Promise<Finding[]> {
  try {
    const cluster = await openCluster(context, options);
    try {
      return await checkOpened(cluster.client, cluster.origin, options.namespace ?? 'default');
    } finally {
      await cluster.close();
    }
  } catch (error) {
    return [
      {
        check: 'cluster',
        ok: false,
        said: oneLine(error),
      },
    ];
  }
}

async function checkOpened(
  client: Parameters<typeof checkVersion>[0],
  origin: string,
  namespace: string,
): Promise<Finding[]> {
  const version = await checkVersion(client, origin);
  const others = [
    attempt('CRDs', () => checkCrds(client)),
    attempt('rights', () => checkRights(client, namespace)),
    attempt('operator', async () => [await checkOperator(client)]),
    attempt('rights of the operator', () => checkOperatorRights(client)),
  ];
  return [version, ...(await Promise.all(others)).flat()];
}

/** A check that can't be made is a finding too. */
async function attempt(check: string, run: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await run();
  } catch (error) {
    return [{ check, ok: false, said: oneLine(error) }];
  }
}

async function checkServer(context: CliContext, options: DoctorFlags): Promise<Finding[]> {
  const check = 'server';
  try {
    const connection = await connect(context, options);
    try {
      await connection.api.call('listRuns', {
        query: { namespace: options.namespace ?? 'default', limit: 1 },
      });
      const found = { check, ok: true, said: `answers (${connection.origin})` };
      return [found, ...(await attempt('history', async () => [await checkHistory(connection.api)]))];
    } finally {
      await connection.close();
    }
  } catch (error) {
    return [unreached(check, error)];
  }
}

/** Refusals of ours say themselves what to do; whatever else failed, most likely no server is there. */
function unreached(check: string, error: unknown): Finding {
  if (error instanceof CliError || error instanceof ApiError) {
    return { check, ok: false, said: describeError(error).line };
  }
  return { check, ok: false, said: oneLine(error), fix: 'start one: endwell server, or endwell up' };
}

function oneLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';
}
