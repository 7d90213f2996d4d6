import type { Container, EnvVar, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { isList, isObject } from '../../kubernetes/json.ts';
import { definitionSchema } from '../../kubernetes/openapi/schema.ts';
import { MAIN_CONTAINER } from '../naming/naming.ts';
import type { PodTemplateOverlay } from '../run/run.ts';
import type { OMJobPod } from './omJob.ts';

/** Fields that mean something of their own here; a container's name is always the same. */
const OWN_FIELDS = new Set(['labels', 'annotations', 'containers', 'name', 'env', 'securityContext']);

/**
 * The pod that an OMJob asks for, as a template: what a container has goes to the container, all else to the pod. Which is
 * which is Kubernetes' word (its OpenAPI): no list of fields here could forget one. A field that neither knows goes to
 * the pod, where the API server says whether it knows it.
 */
export function podOverlay(pod: OMJobPod, env: readonly EnvVar[] = []): PodTemplateOverlay {
  const given = Object.entries(pod).filter(([field]) => !OWN_FIELDS.has(field));
  const container = {
    ...fields(given.filter(([field]) => isOfContainer(field))),
    name: MAIN_CONTAINER,
    securityContext: containerSecurity(pod.securityContext),
    ...(pod.env === undefined && env.length === 0 ? {} : { env: [...variables(pod.env), ...env] }),
  } as Container;
  return {
    ...metadataOf(pod),
    spec: {
      ...(fields(given.filter(([field]) => !isOfContainer(field))) as Partial<PodSpec>),
      ...(pod.securityContext === undefined ? {} : { securityContext: pod.securityContext }),
      containers: [container, ...(isList(pod.containers) ? (pod.containers as unknown as Container[]) : [])],
    },
  };
}

/** Whether a field is one of the container. `resources` a newer Kubernetes has in both: here it was always the container's. */
function isOfContainer(field: string): boolean {
  if (field === 'resources') return true;
  const [container, pod] = [fieldsOf('io.k8s.api.core.v1.Container'), fieldsOf('io.k8s.api.core.v1.PodSpec')];
  return Object.hasOwn(container, field) && !Object.hasOwn(pod, field);
}

function fieldsOf(definition: string): object {
  return definitionSchema(definition).properties ?? {};
}

function metadataOf({ labels, annotations }: OMJobPod): PodTemplateOverlay {
  if (labels === undefined && annotations === undefined) return {};
  return { metadata: { ...(labels && { labels }), ...(annotations && { annotations }) } };
}

/** A variable whose source is empty has none: OpenMetadata's client writes such, and no API server takes them. */
function variables(env: readonly EnvVar[] | undefined): EnvVar[] {
  return (env ?? []).map((variable) => {
    const { valueFrom, ...rest } = variable;
    return valueFrom === undefined || (isObject(valueFrom) && Object.keys(valueFrom).length === 0)
      ? rest
      : variable;
  });
}

/** A container without more rights than it needs; who it runs as is what the pod says. */
function containerSecurity(pod: PodSpec['securityContext']): Container['securityContext'] {
  const { runAsNonRoot, runAsUser, runAsGroup } = pod ?? {};
  return {
    ...(runAsNonRoot === undefined ? {} : { runAsNonRoot }),
    ...(runAsUser === undefined ? {} : { runAsUser }),
    ...(runAsGroup === undefined ? {} : { runAsGroup }),
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: false,
    capabilities: { drop: ['ALL'] },
  };
}

function fields(entries: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(entries);
}
