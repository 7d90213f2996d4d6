import type { Container, KeyToPath, Volume, VolumeProjection } from 'kubernetes-types/core/v1.d.ts';
import { MountProblem } from '../life/sandbox.ts';
import { allContainers, type Pod } from '../pod.ts';
import type { ConfigData, ConfigSources } from './configSources.ts';
import { type NodeAmounts, podField, resourceField } from './fields.ts';

/** One file of a volume. */
export interface VolumeFile {
  /** Relative, never outside the volume: the API has checked it. */
  readonly path: string;
  readonly content: Buffer;
  readonly mode: number;
}

/** A token for a pod's service account. */
export type TokenSource = (request: {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly audience: string | undefined;
  readonly expirationSeconds: number;
  readonly pod: { readonly name: string; readonly uid: string };
}) => Promise<string>;

/** What volumes are filled from. */
export interface VolumeSources {
  readonly config: ConfigSources;
  readonly node: NodeAmounts;
  readonly token: TokenSource;
}

/** Kubernetes' default mode of such files. */
const DEFAULT_MODE = 0o644;
/** Kubernetes' default life of a projected token. */
export const TOKEN_SECONDS = 3600;

/**
 * The files of a configMap, secret, downwardAPI or projected volume; undefined for volumes of another kind.
 * Throws `MountProblem` that names what is missing in Kubernetes' words.
 */
export async function volumeFiles(
  pod: Pod,
  volume: Volume,
  sources: VolumeSources,
): Promise<readonly VolumeFile[] | undefined> {
  const order = { pod, volume: volume.name, sources };
  if (volume.configMap) return configMapFiles({ ...order, mode: modeOf(volume.configMap) }, volume.configMap);
  if (volume.secret) {
    const { secretName, ...rest } = volume.secret;
    return secretFiles({ ...order, mode: modeOf(volume.secret) }, { ...rest, name: secretName ?? '' });
  }
  if (volume.downwardAPI)
    return downwardFiles({ ...order, mode: modeOf(volume.downwardAPI) }, volume.downwardAPI);
  if (!volume.projected) return undefined;
  const all: VolumeFile[] = [];
  for (const source of volume.projected.sources ?? []) {
    all.push(...(await projectionFiles({ ...order, mode: modeOf(volume.projected) }, source)));
  }
  return all;
}

interface FileOrder {
  readonly pod: Pod;
  readonly volume: string;
  readonly sources: VolumeSources;
  readonly mode: number;
}

interface Reference {
  readonly name?: string;
  readonly items?: readonly KeyToPath[];
  readonly optional?: boolean;
}

async function projectionFiles(order: FileOrder, source: VolumeProjection): Promise<readonly VolumeFile[]> {
  if (source.configMap) return configMapFiles(order, source.configMap);
  if (source.secret) return secretFiles(order, source.secret);
  if (source.downwardAPI) return downwardFiles(order, source.downwardAPI);
  if (!source.serviceAccountToken) {
    throw new MountProblem(
      order.volume,
      `projection ${Object.keys(source).join(', ')} is not supported here`,
    );
  }
  const { path, audience, expirationSeconds } = source.serviceAccountToken;
  const { name, uid, namespace = '' } = order.pod.metadata;
  const token = await order.sources.token({
    namespace,
    serviceAccount: order.pod.spec.serviceAccountName ?? 'default',
    audience,
    expirationSeconds: expirationSeconds ?? TOKEN_SECONDS,
    pod: { name, uid },
  });
  return [{ path, content: Buffer.from(token), mode: 0o600 }];
}

function configMapFiles(order: FileOrder, ref: Reference): readonly VolumeFile[] {
  const data = order.sources.config.configMap(order.pod.metadata.namespace ?? '', ref.name ?? '');
  if (!data && !ref.optional) throw new MountProblem(order.volume, `configmap "${ref.name}" not found`);
  return keyFiles(order, data, ref, 'config key');
}

function secretFiles(order: FileOrder, ref: Reference): readonly VolumeFile[] {
  const data = order.sources.config.secret(order.pod.metadata.namespace ?? '', ref.name ?? '');
  if (!data && !ref.optional) throw new MountProblem(order.volume, `secret "${ref.name}" not found`);
  return keyFiles(order, data, ref, 'secret key');
}

function keyFiles(
  order: FileOrder,
  data: ConfigData | undefined,
  ref: Reference,
  what: string,
): readonly VolumeFile[] {
  if (!ref.items) {
    return [...(data ?? [])].map(([path, content]) => ({ path, content, mode: order.mode }));
  }
  return ref.items.flatMap(({ key, path, mode }) => {
    const content = data?.get(key);
    if (content) return [{ path, content, mode: mode ?? order.mode }];
    if (ref.optional) return [];
    throw new MountProblem(order.volume, `references non-existent ${what}: ${key}`);
  });
}

function downwardFiles(
  order: FileOrder,
  source: NonNullable<Volume['downwardAPI'] | VolumeProjection['downwardAPI']>,
): readonly VolumeFile[] {
  return (source.items ?? []).map(({ path, fieldRef, resourceFieldRef, mode }) => {
    const container = allContainers(order.pod).find((one) => one.name === resourceFieldRef?.containerName);
    const text =
      resourceFieldRef && container
        ? resourceField(container, resourceFieldRef, order.sources.node)
        : podField(order.pod, fieldRef?.fieldPath ?? '');
    if (text === undefined) {
      throw new MountProblem(order.volume, `field label not supported: ${fieldRef?.fieldPath}`);
    }
    return { path, content: Buffer.from(text), mode: mode ?? order.mode };
  });
}

function modeOf(source: { readonly defaultMode?: number }): number {
  return source.defaultMode ?? DEFAULT_MODE;
}

/** Volumes of a pod that one of its containers mounts; others are never set up. */
export function mountedVolumes(pod: Pod): readonly Volume[] {
  const names = new Set(
    allContainers(pod).flatMap((one: Container) => (one.volumeMounts ?? []).map((m) => m.name)),
  );
  return (pod.spec.volumes ?? []).filter((volume) => names.has(volume.name));
}
