import type { ConfigMap, Secret } from 'kubernetes-types/core/v1.d.ts';
import type { ObjectMeta } from 'kubernetes-types/meta/v1.d.ts';
import { type PipelineSubject, pipelineAnnotations, pipelineLabels } from '../../naming/pipelineLabels.ts';
import { pipelineObjectName, revisionHash } from '../../naming/pipelineNames.ts';
import { CONFIG_KEY } from './work.ts';

/** Key under which tools look for how a run reaches OpenMetadata, as in OpenMetadata's client. */
const SECURITY_KEY = 'securityConfig';

/**
 * Longest text that one environment variable can hold, bytes: Linux takes 131,072 for `config=`, the text and the zero that
 * ends it (MAX_ARG_STRLEN). Longer ones fail when the container is started.
 */
export const MAX_CONFIG_BYTES: number = 131_072 - 'config='.length - 1;

/** A configuration as it is stored. */
export interface StoredConfiguration {
  /** The workflow as YAML, with its secrets. */
  readonly text: string;
  /** How a run reaches OpenMetadata, as JSON; undefined where the entity does not say. */
  readonly security?: string | undefined;
}

/** What bounds a configuration, and what to do about one that is too large. */
export const CONFIG_LIMIT: string = `the ingestion image reads a configuration from one environment variable, which holds at most ${MAX_CONFIG_BYTES} bytes (and a Secret holds at most 1,048,576): shorten its filters to patterns, or split it into several pipelines`;

/** Why a configuration can't be given to a run; undefined when it can. */
export function configurationProblem(fqn: string, text: string): string | undefined {
  const bytes = Buffer.byteLength(text);
  return bytes <= MAX_CONFIG_BYTES
    ? undefined
    : `the configuration of ${fqn} has ${bytes} bytes; ${CONFIG_LIMIT}`;
}

/** One immutable revision of a pipeline's configuration. Its name says its content: the same text is the same object. */
export function secretRevision(
  subject: PipelineSubject,
  namespace: string,
  configuration: StoredConfiguration,
): Secret {
  const content = `${configuration.text}\n${configuration.security ?? ''}`;
  const name = pipelineObjectName({ kind: 'Secret', fqn: subject.fqn, revision: revisionHash(content) });
  return secret(metadataOf(subject, namespace, name), configuration);
}

/** The configuration of one run alone, under the name of its job. */
export function runSecret(
  subject: PipelineSubject,
  namespace: string,
  run: { readonly runId: string; readonly jobName: string },
  configuration: StoredConfiguration,
): Secret {
  return secret(metadataOf(subject, namespace, run.jobName, run.runId), configuration);
}

/** What people read: the workflow as YAML, without its secrets. */
export function configMap(subject: PipelineSubject, namespace: string, redactedText: string): ConfigMap {
  const name = pipelineObjectName({ kind: 'ConfigMap', fqn: subject.fqn });
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(subject, namespace, name),
    data: { [CONFIG_KEY]: redactedText },
  };
}

function secret(metadata: ObjectMeta, { text, security }: StoredConfiguration): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'Opaque',
    immutable: true,
    data: {
      [CONFIG_KEY]: base64(text),
      ...(security === undefined ? {} : { [SECURITY_KEY]: base64(security) }),
    },
  };
}

function metadataOf(subject: PipelineSubject, namespace: string, name: string, runId?: string): ObjectMeta {
  return {
    name,
    namespace,
    labels: pipelineLabels(subject, runId),
    annotations: pipelineAnnotations(subject),
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
