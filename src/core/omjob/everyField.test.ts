import {
  type Arbitrary,
  assert,
  boolean,
  constant,
  constantFrom,
  integer,
  property,
  record,
  tuple,
} from 'fast-check';
import type { Container, Pod, PodSpec } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { definitionSchema, type Schema } from '../../kubernetes/openapi/schema.ts';
import { exitPod } from '../manifest/exitPod.ts';
import { mainPod } from '../manifest/mainPod.ts';
import { GATE } from '../naming/naming.ts';
import { resolveTemplate } from '../profile/resolveTemplate.ts';
import type { OMJob, OMJobPod } from './omJob.ts';
import { viewOf } from './view.ts';

const CONTAINER = definitionSchema('io.k8s.api.core.v1.Container').properties ?? {};
const POD = definitionSchema('io.k8s.api.core.v1.PodSpec').properties ?? {};

/** How deep a value goes: below it, objects are empty. A container in a pod has probes with headers within this. */
const DEPTH = 6;

/** Never as it was given: pods of an OMJob are not restarted, and the container's name is fixed. */
const NOT_GIVEN = new Set(['restartPolicy', 'name']);

/** What every pod of an OMJob has of its own, whatever is asked for. */
const ALWAYS = ['containers', 'env', 'image', 'name', 'restartPolicy', 'securityContext'];

/** Values that a field of this schema can have, every field below it set. */
function valuesOf(schema: Schema, depth: number): Arbitrary<unknown> {
  if (schema.definition === 'Quantity' || schema['x-kubernetes-int-or-string'] === true) return constant('1');
  switch (schema.type) {
    case 'string':
      return constantFrom('a', 'b-1');
    case 'integer':
    case 'number':
      return integer({ min: 1, max: 9 });
    case 'boolean':
      return boolean();
    case 'array':
      return tuple(valuesOf(schema.items ?? {}, depth - 1));
    default:
      return objectsOf(schema, depth);
  }
}

function objectsOf({ properties, additionalProperties }: Schema, depth: number): Arbitrary<object> {
  if (depth <= 0) return constant({});
  if (typeof additionalProperties === 'object') {
    return valuesOf(additionalProperties, depth - 1).map((value) => ({ 'example.com/k': value }));
  }
  return record(
    Object.fromEntries(
      Object.entries(properties ?? {}).map(([field, schema]) => [field, valuesOf(schema, depth - 1)]),
    ),
  );
}

function podsOf(given: OMJobPod): { main: Pod; exit: Pod } {
  const job: OMJob = {
    apiVersion: 'pipelines.openmetadata.org/v1',
    kind: 'OMJob',
    metadata: { name: 'job', namespace: 'team', uid: 'u', generation: 1 },
    spec: { mainPodSpec: given, exitHandlerSpec: given },
  };
  const run = viewOf(job);
  const { template, invalid } = resolveTemplate(run);
  if (template === undefined) throw new Error(invalid);
  return { main: mainPod(run, template, 1), exit: exitPod(run, template, 1) };
}

const containerOf = (pod: Pod): Container | undefined => pod.spec?.containers[0];

/** What of the pod is to hold the field, and what it holds. */
function seenOn(pod: Pod, field: string): unknown {
  const isOfContainer =
    field === 'resources' || (Object.hasOwn(CONTAINER, field) && !Object.hasOwn(POD, field));
  return isOfContainer ? containerOf(pod)?.[field as keyof Container] : pod.spec?.[field as keyof PodSpec];
}

/** The list without what we put to it ourselves. */
function withoutOurs(field: string, seen: unknown): unknown {
  if (!Array.isArray(seen)) return seen;
  if (field === 'containers') return seen.slice(1);
  if (field === 'schedulingGates') return seen.filter(({ name }: { name: string }) => name !== GATE);
  if (field !== 'env') return seen;
  const ours = /^(ENDWELL_.*|jobName|namespace|pipelineStatus)$/;
  return seen.filter(({ name }: { name: string }) => !ours.test(name));
}

describe('viewOf, for every field of a pod and of a container that Kubernetes has', () => {
  const fields = Object.entries({ ...CONTAINER, ...POD, resources: CONTAINER['resources'] ?? {} });

  it.each(fields.filter(([field]) => !NOT_GIVEN.has(field)))(
    '%s comes out on both pods as it went in',
    (field, schema) => {
      assert(
        property(valuesOf(schema, DEPTH), (value) => {
          const given = { image: 'ingestion:1', [field]: value } as OMJobPod;
          const { main, exit } = podsOf(given);
          expect(withoutOurs(field, seenOn(main, field))).toEqual(value);
          expect(withoutOurs(field, seenOn(exit, field))).toEqual(value);
        }),
        { numRuns: 10 },
      );
    },
  );

  it('one that only a newer Kubernetes knows goes to the pod, for the API server to judge', () => {
    const { main } = podsOf({ image: 'a', newField: { x: 1 } } as OMJobPod);
    expect(main.spec).toMatchObject({ newField: { x: 1 } });
  });

  it('one that is not given is on neither pod', () => {
    const { main, exit } = podsOf({ image: 'a' });
    for (const pod of [main, exit]) {
      const given = Object.keys({ ...pod.spec, ...containerOf(pod) }).filter(
        (field) => field in CONTAINER || field in POD,
      );
      expect(given.sort()).toEqual([...ALWAYS, ...(pod === main ? ['schedulingGates'] : [])].sort());
    }
  });

  it('labels and annotations are those of the pod; ours stay', () => {
    const { main } = podsOf({
      image: 'a',
      labels: { team: 'data', 'endwell.dev/run-uid': 'forged' },
      annotations: { note: 'x' },
    });
    expect(main.metadata?.labels).toMatchObject({ team: 'data', 'endwell.dev/run-uid': 'u' });
    expect(main.metadata?.annotations).toMatchObject({ note: 'x' });
  });

  it('the container gets no more rights than the pod says, whoever it runs as', () => {
    const securityContext = { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000, runAsNonRoot: true };
    const { main } = podsOf({ image: 'a', securityContext });
    expect(main.spec?.securityContext).toEqual(securityContext);
    expect(containerOf(main)?.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: false,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('a variable with an empty source has no source', () => {
    const { main } = podsOf({
      image: 'a',
      env: [
        { name: 'x', valueFrom: {} },
        { name: 'y', value: 'z' },
      ],
    });
    expect(withoutOurs('env', containerOf(main)?.env)).toEqual([{ name: 'x' }, { name: 'y', value: 'z' }]);
  });

  it('variables of one name stay in their order, of which Kubernetes takes the last', () => {
    const env = [
      { name: 'x', value: '1' },
      { name: 'x', value: '2' },
    ];
    expect(withoutOurs('env', containerOf(podsOf({ image: 'a', env }).main)?.env)).toEqual(env);
  });
});
