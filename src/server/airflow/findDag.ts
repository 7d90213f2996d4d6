import { listPages } from '../../actions/listPages.ts';
import { ANNOTATION } from '../../core/naming/naming.ts';
import { PIPELINE_LABEL } from '../../core/naming/pipelineLabels.ts';
import { sanitizeName, shortName } from '../../core/naming/pipelineNames.ts';
import { revisionsOf } from '../../core/pipeline/deployment.ts';
import { configMaps } from '../../kube/resources.ts';
import type { Api } from '../http/api.ts';
import { DialectError, notFound } from './dialectError.ts';

/** The name of a pipeline as Airflow knows it: letters, digits, `-` and `_`. */
export function dagIdOf(name: string): string {
  return name.replaceAll(/[^0-9a-zA-Z_-]+/g, '_');
}

/** Fully qualified names of the deployed pipelines that Airflow would know by that name: it knows no service. */
export async function dagsCalled(api: Api, namespace: string, dagId: string): Promise<string[]> {
  const labelSelector = `${PIPELINE_LABEL.component}=ingestion,${PIPELINE_LABEL.pipeline}=${sanitizeName(dagId)}`;
  const found: string[] = [];
  for await (const record of listPages(api.client, configMaps, { namespace, labelSelector })) {
    const [, fqn] = /^pipeline\/(.*)$/s.exec(record.metadata?.annotations?.[ANNOTATION.subject] ?? '') ?? [];
    const isMeant = fqn !== undefined && dagIdOf(shortName(fqn)) === dagIdOf(dagId);
    if (isMeant && revisionsOf(record).length > 0) found.push(fqn);
  }
  return found;
}

/** The one deployed pipeline of that name. Refuses (404) where there is none, and (400) where several services have one. */
export async function findDag(api: Api, namespace: string, dagId: string): Promise<string> {
  const found = await dagsCalled(api, namespace, dagId);
  const [fqn] = found;
  if (fqn === undefined) throw notFound(dagIdOf(dagId));
  if (found.length === 1) return fqn;
  throw new DialectError(
    400,
    `${found.length} pipelines are called ${dagId}: ${found.join(', ')}; this API knows no services, so use /api/v1/pipelines, or give them different names`,
  );
}
