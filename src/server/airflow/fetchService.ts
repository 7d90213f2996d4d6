import type { IngestionPipeline } from '../../core/pipeline/entity.ts';
import type { SendRequest } from '../../ports/sendRequest.ts';
import { DialectError } from './dialectError.ts';

/** OpenMetadata answers within it, or the deploy is refused: its own client waits no longer, ms. */
const SILENCE_MS = 15_000;

/**
 * The service of a pipeline, asked of OpenMetadata with the pipeline's own token: what the plugin for Airflow does, as its
 * requests only name the service. Undefined where the pipeline is of none that has a connection. Refuses (400) where
 * OpenMetadata does not give it.
 */
export async function fetchService(
  send: SendRequest,
  { service, openMetadataServerConnection: connection }: IngestionPipeline,
  signal: AbortSignal,
): Promise<unknown> {
  const name = service?.fullyQualifiedName ?? service?.name;
  if (service === undefined || name === undefined || !/^[a-z]+Service$/i.test(service.type)) return undefined;
  const { hostPort } = connection ?? {};
  const base = typeof hostPort === 'string' ? hostPort.replace(/\/+$/, '') : '';
  if (!/^https?:\/\/[^/]/.test(base)) {
    throw new DialectError(
      400,
      'openMetadataServerConnection.hostPort must be the URL of OpenMetadata’s API',
    );
  }
  const url = `${base}/v1/services/${service.type}s/name/${encodeURIComponent(name)}`;
  const asked = `asking ${base} for ${service.type} ${name}`;
  const headers = { accept: 'application/json', ...authorization(connection) };
  const answer = await send({ method: 'GET', url, headers, signal, silenceMs: SILENCE_MS }).catch(
    (cause: Error) => {
      throw new DialectError(400, `${asked}: ${cause.message}; Endwell’s server must reach it`, { cause });
    },
  );
  const text = await answer.text();
  if (answer.status !== 200) {
    throw new DialectError(
      400,
      `${asked}: status ${answer.status}; the token of the ingestion bot must be valid and may read services`,
    );
  }
  return JSON.parse(text) as unknown;
}

function authorization(connection: IngestionPipeline['openMetadataServerConnection']) {
  const { jwtToken } = (connection?.['securityConfig'] ?? {}) as { jwtToken?: unknown };
  return typeof jwtToken === 'string' && jwtToken !== '' ? { authorization: `Bearer ${jwtToken}` } : {};
}
