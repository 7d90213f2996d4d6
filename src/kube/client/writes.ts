import { BadRequestError } from '../errors.ts';
import type {
  DeleteOptions,
  KubeClient,
  KubeObject,
  ObjectRef,
  Patch,
  Resource,
  WriteOptions,
} from '../types.ts';
import { answerObject } from './answerObject.ts';
import type { Call } from './call.ts';
import type { Exchange } from './exchange.ts';
import type { Query } from './paths.ts';
import { collectionPath, nameOf, objectPath, requiredNamespace, selectors, withQuery } from './paths.ts';

const PATCH_TYPES: Readonly<Record<Patch['type'], string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // JSON is YAML.
  apply: 'application/apply-patch+yaml',
};

type Writes = Pick<
  KubeClient,
  'create' | 'replace' | 'patch' | 'delete' | 'deleteCollection' | 'createSubresource'
>;

/** The verbs that change something. */
export function writes(requests: Exchange): Writes {
  return {
    async create<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}) {
      const { name, generateName, namespace } = object.metadata ?? {};
      const label = nameOf(resource, {
        name: name ?? `${generateName ?? ''}*`,
        ...(namespace && { namespace }),
      });
      const path =
        options.subresource === undefined
          ? collectionPath(resource, requiredNamespace(resource, namespace))
          : objectPath(resource, refOf(object), options.subresource);
      const call = writeCall(resource, options, {
        verb: 'create',
        method: 'POST',
        lane: 'create',
        path,
        label,
      });
      return answerObject(call, await requests.json({ ...call, body: withKind(resource, object) })) as T;
    },

    async replace<T extends KubeObject>(resource: Resource<T>, object: T, options: WriteOptions = {}) {
      const ref = refOf(object);
      const path = objectPath(resource, ref, options.subresource);
      const label = nameOf(resource, ref);
      const call = writeCall(resource, options, {
        verb: 'update',
        method: 'PUT',
        lane: 'status',
        path,
        label,
      });
      return answerObject(call, await requests.json({ ...call, body: withKind(resource, object) })) as T;
    },

    async patch<T extends KubeObject>(
      resource: Resource<T>,
      ref: ObjectRef,
      patch: Patch,
      options: WriteOptions = {},
    ) {
      const path = objectPath(resource, ref, options.subresource);
      const label = nameOf(resource, ref);
      const extra: Query =
        patch.type === 'apply' ? { fieldManager: patch.fieldManager, force: patch.force } : {};
      const call = writeCall(
        resource,
        options,
        { verb: 'patch', method: 'PATCH', lane: 'status', path, label },
        extra,
      );
      const contentType = PATCH_TYPES[patch.type];
      return answerObject(call, await requests.json({ ...call, body: patch.body, contentType })) as T;
    },

    async delete<T extends KubeObject>(resource: Resource<T>, ref: ObjectRef, options: DeleteOptions = {}) {
      const call: Call = {
        ...deleteCall(resource, options, 'delete', nameOf(resource, ref)),
        path: objectPath(resource, ref),
      };
      const answer: KubeObject = answerObject(call, await requests.json(call));
      // A Status says: gone. An object: it goes when its finalizers and its grace allow.
      return answer.kind === 'Status' ? undefined : (answer as T);
    },

    async deleteCollection(resource, options = {}) {
      const path = collectionPath(resource, requiredNamespace(resource, options.namespace));
      const call = deleteCall(
        resource,
        options,
        'deletecollection',
        `all ${resource.plural} of ${options.namespace ?? 'the cluster'}`,
      );
      await requests.json({ ...call, path: withQuery(path, selectors(options)) });
    },

    async createSubresource<A extends object>(
      resource: Resource<KubeObject>,
      ref: ObjectRef,
      subresource: string,
      body: object,
      options: WriteOptions = {},
    ) {
      const path = objectPath(resource, ref, subresource);
      const lane = subresource === 'eviction' ? 'delete' : 'create';
      const label = `${subresource} of ${nameOf(resource, ref)}`;
      const call = writeCall(
        resource,
        { ...options, subresource },
        { verb: 'create', method: 'POST', lane, path, label },
      );
      return answerObject(call, await requests.json({ ...call, body })) as A;
    },
  };
}

interface Target {
  readonly verb: 'create' | 'update' | 'patch';
  readonly method: 'POST' | 'PUT' | 'PATCH';
  readonly lane: Call['lane'];
  readonly path: string;
  readonly label: string;
}

const ACTIONS = { create: 'creating', update: 'replacing', patch: 'patching' } as const;

function writeCall(
  resource: Resource<KubeObject>,
  options: WriteOptions,
  target: Target,
  extra: Query = {},
): Call {
  const part = options.subresource === undefined ? '' : `/${options.subresource}`;
  const isOfPart = part !== '' && target.verb !== 'create';
  return {
    verb: target.verb,
    resource: `${resource.plural}${part}`,
    action: `${ACTIONS[target.verb]} ${isOfPart ? `${options.subresource} of ` : ''}${target.label}`,
    method: target.method,
    path: withQuery(target.path, {
      dryRun: options.dryRun === true ? 'All' : undefined,
      fieldManager: options.fieldManager,
      fieldValidation: options.fieldValidation,
      ...extra,
    }),
    lane: options.lane ?? target.lane,
    signal: options.signal,
  };
}

function deleteCall(
  resource: Resource<KubeObject>,
  options: DeleteOptions,
  verb: 'delete' | 'deletecollection',
  label: string,
): Omit<Call, 'path'> {
  const { gracePeriodSeconds, propagationPolicy, preconditions, dryRun } = options;
  return {
    verb,
    resource: resource.plural,
    action: `deleting ${label}`,
    method: 'DELETE',
    lane: options.lane ?? 'delete',
    signal: options.signal,
    body: {
      kind: 'DeleteOptions',
      apiVersion: 'v1',
      gracePeriodSeconds,
      propagationPolicy,
      preconditions,
      dryRun: dryRun === true ? ['All'] : undefined,
    },
  };
}

function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata ?? {};
  if (name === undefined)
    throw new BadRequestError({ message: 'addressing an object: it has no metadata.name' });
  return namespace === undefined ? { name } : { name, namespace };
}

/** Objects may be written without their kind: the resource knows it. */
function withKind(resource: Resource<KubeObject>, object: KubeObject): KubeObject {
  const apiVersion = resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
  return { apiVersion, kind: resource.kind, ...object };
}
