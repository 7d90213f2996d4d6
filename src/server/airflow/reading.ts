import { pipelineRights } from '../../core/pipeline/pipelineRights.ts';
import type { PipelineSettings } from '../../core/pipeline/pipelineSettings.ts';
import { demand } from '../access/demand.ts';
import type { Api } from '../http/api.ts';
import { readPage } from '../pipelines/logs.ts';
import { hostOf } from '../pipelines/service.ts';
import { runStatuses } from '../pipelines/status.ts';
import type { DialectCall } from './dialect.ts';
import { DialectError, missingArgument } from './dialectError.ts';
import { dagIdOf, findDag } from './findDag.ts';

/** Runs in one answer, as the plugin gives. */
const MAX_RUNS = 10;

/** `status`: the last runs, or those of them that wait. */
export async function status(api: Api, call: DialectCall): Promise<object> {
  const { fqn } = await namedInQuery(api, call);
  const { caller, signal } = call;
  const runs = await runStatuses(api, { fqn, namespace: undefined, caller, signal });
  const wanted = call.query['only_queued'] ? runs.filter((run) => run.pipelineState === 'queued') : runs;
  return wanted
    .slice(0, MAX_RUNS)
    .map(({ runId, pipelineState, startDate = null, endDate = null, timestamp }) => ({
      runId,
      pipelineState,
      startDate,
      endDate,
      timestamp,
    }));
}

/** `last_dag_logs`: a page of the last run's log, `total` and `after` as numbers. */
export async function lastLogs(api: Api, call: DialectCall): Promise<object> {
  const { dagId, fqn } = await namedInQuery(api, call);
  const taskId = call.query['task_id'];
  if (!taskId) throw missingArgument('task_id');
  const { caller, signal } = call;
  const { after } = call.query;
  const page = await readPage(api, { fqn, after, key: dagIdOf(taskId), caller, signal });
  const { total, after: next, ...texts } = page;
  if (total === undefined) {
    const said = Object.values(texts).join('; ');
    const isMissing = texts['logs']?.startsWith('No pods') === true;
    throw new DialectError(isMissing ? 404 : 400, isMissing ? `No DAG run found for ${dagId}.` : said);
  }
  return { ...texts, total: Number(total), ...(next === undefined ? {} : { after: Number(next) }) };
}

/** `ip`. */
export async function ip(api: Api): Promise<object> {
  return hostOf(api, api.pipelines.settings);
}

/** `health` and `health-auth`: the client compares the version with its server's, and is content where the two agree. */
export async function health(api: Api, call: DialectCall): Promise<object> {
  const { settings } = api.pipelines;
  if (call.caller.username !== '') await demand(api.access, call.caller, pipelineRights('deploy', settings));
  return { status: 'healthy', version: versionOf(settings) };
}

/** That of the image that runs: as it is set, else its tag. */
function versionOf({ ingestionVersion, ingestionImage }: PipelineSettings): string {
  const [, tag] = /:([\w.-]+)(?:@.*)?$/.exec(ingestionImage) ?? [];
  return ingestionVersion ?? tag ?? 'unknown';
}

/** `csrf-token`: every request has its credentials in a header of its own, so that none can be forged by a page; any token will do. */
export async function csrfToken(): Promise<object> {
  return { csrf_token: 'not-needed', message: 'Requests are known by their Authorization header alone' };
}

async function namedInQuery(api: Api, { query }: DialectCall): Promise<{ dagId: string; fqn: string }> {
  const name = query['dag_id'];
  if (!name) throw missingArgument('dag_id');
  return { dagId: dagIdOf(name), fqn: await findDag(api, api.pipelines.settings.namespace, name) };
}
