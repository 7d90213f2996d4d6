import { chmodSync } from 'node:fs';
import { mkdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Container, HostPathVolumeSource, Volume, VolumeMount } from 'kubernetes-types/core/v1.d.ts';
import { expand } from '../config/expand.ts';
import { mountedVolumes, type VolumeSources, volumeFiles } from '../config/volumeFiles.ts';
import { ContainerProblem, MountProblem } from '../life/sandbox.ts';
import type { Pod } from '../pod.ts';
import { cleanPath, type PathMapping } from './mountPaths.ts';

/** Makes or fills the folder of every volume that is mounted; safe to repeat, files are replaced whole. */
export async function setUpVolumes(folder: string, pod: Pod, sources: VolumeSources): Promise<void> {
  for (const volume of mountedVolumes(pod))
    await setUpVolume(join(folder, volume.name), pod, volume, sources);
}

async function setUpVolume(folder: string, pod: Pod, volume: Volume, sources: VolumeSources): Promise<void> {
  if (volume.hostPath) return setUpHostPath(volume.name, volume.hostPath);
  const files = await volumeFiles(pod, volume, sources);
  if (!files && !volume.emptyDir) throw unsupported(volume);
  await mkdir(folder, { recursive: true });
  if (volume.emptyDir) chmodSync(folder, 0o777);
  for (const file of files ?? []) {
    const path = join(folder, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, file.content, { mode: file.mode });
    chmodSync(`${path}.new`, file.mode);
    await rename(`${path}.new`, path);
  }
}

function unsupported(volume: Volume): MountProblem {
  const kind = Object.keys(volume).find((field) => field !== 'name') ?? 'nothing';
  return new MountProblem(volume.name, `volumes of kind ${kind} are not supported on this node`);
}

async function setUpHostPath(name: string, source: HostPathVolumeSource): Promise<void> {
  const { path, type = '' } = source;
  if (type.endsWith('OrCreate')) {
    if (type === 'DirectoryOrCreate') await mkdir(path, { recursive: true });
    else await writeFile(path, '', { flag: 'a' });
    return;
  }
  if (type === '') return;
  const there = await stat(path).catch(() => undefined);
  const good = type === 'Directory' ? there?.isDirectory() : there !== undefined;
  if (!good)
    throw new MountProblem(name, `hostPath type check failed: ${path} is not a ${type.toLowerCase()}`);
}

/** What a container's mounts need. */
export interface MountOrder {
  readonly pod: Pod;
  readonly container: Container;
  /** The container's private folder. */
  readonly root: string;
  /** Where the pod's volumes are. */
  readonly volumes: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Links each mount of a container into its private folder; shorter paths first, so that a mount may lie in another. */
export async function linkMounts(order: MountOrder): Promise<void> {
  await mkdir(order.root, { recursive: true });
  const mounts = [...(order.container.volumeMounts ?? [])].sort(
    (a, b) => a.mountPath.length - b.mountPath.length,
  );
  for (const mount of mounts) await linkMount(order, mount);
}

async function linkMount(order: MountOrder, mount: VolumeMount): Promise<void> {
  const clean = cleanPath(mount.mountPath);
  if (clean === undefined) {
    throw new ContainerProblem('CreateContainerError', `mountPath "${mount.mountPath}" can't be the root`);
  }
  const target = mountTarget(order, mount);
  const link = join(order.root, clean);
  await mkdir(dirname(link), { recursive: true });
  if (mount.subPath || mount.subPathExpr) {
    const there = await stat(target).catch(() => undefined);
    if (!there) await mkdir(target, { recursive: true });
  }
  await symlink(target, link).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
}

function mountTarget(order: MountOrder, mount: VolumeMount): string {
  const volume = (order.pod.spec.volumes ?? []).find((one) => one.name === mount.name);
  const base = volume?.hostPath ? volume.hostPath.path : join(order.volumes, mount.name);
  const sub = mount.subPathExpr
    ? expand(mount.subPathExpr, (name) => order.env[name])
    : (mount.subPath ?? '');
  if (sub.split('/').includes('..')) {
    throw new ContainerProblem('CreateContainerConfigError', `subPath "${sub}" must not contain '..'`);
  }
  return join(base, sub);
}

/** Where the paths of a container's mounts really lie. */
export function mountMappings(container: Container, root: string): readonly PathMapping[] {
  return (container.volumeMounts ?? []).flatMap(({ mountPath }) => {
    const from = cleanPath(mountPath);
    return from === undefined ? [] : [{ from, to: join(root, from) }];
  });
}
