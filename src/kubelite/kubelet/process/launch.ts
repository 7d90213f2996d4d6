import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Container } from 'kubernetes-types/core/v1.d.ts';
import { containerEnv } from '../config/containerEnv.ts';
import { expand } from '../config/expand.ts';
import type { Pod } from '../pod.ts';
import type { ImageEntry } from './images.ts';
import { mapPaths, type PathMapping } from './mountPaths.ts';
import type { PodFolder } from './podFolder.ts';
import type { ProcessTools } from './processTools.ts';
import { MESSAGE_FILE, MESSAGE_PATH } from './terminationMessage.ts';
import { linkMounts, mountMappings } from './volumes.ts';

/** A container's process as it can be started on this machine: all paths real. */
export interface Launch {
  /** The program as the pod or image names it, then its arguments. */
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly workingDir: string;
  readonly mappings: readonly PathMapping[];
}

/** Works out a container's process and makes its private folder. Throws `ContainerProblem`. */
export async function prepareLaunch(
  tools: ProcessTools,
  folder: PodFolder,
  pod: Pod,
  container: Container,
  runPath: string,
): Promise<Launch> {
  const image = tools.images.find(container);
  const root = folder.root(container.name);
  const { config: sources, node } = tools.sources;
  const asked = { ...image.env, ...containerEnv({ pod, container, sources, node }) };
  await linkMounts({ pod, container, root, volumes: folder.volumes, env: asked });
  const message = { from: container.terminationMessagePath ?? MESSAGE_PATH, to: join(runPath, MESSAGE_FILE) };
  const mappings = [...mountMappings(container, root), message];
  const mapped = Object.entries(asked).map(([name, value]) => [name, mapPaths(value, mappings)] as const);
  const base = { ...tools.baseEnv, HOME: root, HOSTNAME: pod.spec.hostname ?? pod.metadata.name };
  return {
    command: commandOf(container, image, asked).map((part) => mapPaths(part, mappings)),
    env: {
      ...base,
      ...Object.fromEntries(mapped),
      KUBELITE_ROOT: root,
      KUBELITE_TERMINATION_LOG: message.to,
    },
    workingDir: await workingDirOf(container, image, root, mappings),
    mappings,
  };
}

/** The pod's command replaces the image's whole, its args the image's args; Kubernetes' rule. */
function commandOf(container: Container, image: ImageEntry, env: Readonly<Record<string, string>>): string[] {
  const value = (text: string) => expand(text, (name) => env[name]);
  const command = container.command?.length ? container.command.map(value) : (image.command ?? []);
  const fromImage = container.command?.length ? [] : (image.args ?? []);
  const args = container.args?.length ? container.args.map(value) : fromImage;
  return [...command, ...args];
}

/** Below a mount: there; a folder of this machine: as it is; else made in the private folder, as a container's would be. */
async function workingDirOf(
  container: Container,
  image: ImageEntry,
  root: string,
  mappings: readonly PathMapping[],
): Promise<string> {
  const asked = container.workingDir ?? image.workingDir;
  if (!asked) return root;
  const mapped = mapPaths(asked, mappings);
  if (existsSync(mapped)) return mapped;
  const inRoot = mapped === asked ? join(root, asked) : mapped;
  await mkdir(inRoot, { recursive: true });
  return inRoot;
}
