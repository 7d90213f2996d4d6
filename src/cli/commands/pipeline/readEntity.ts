import { resolve } from 'node:path';
import { usageError } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { readText } from '../run/submission.ts';

/** An object of OpenMetadata as a file holds it; the server judges what is in it. */
export type Entity = Record<string, unknown>;

/** A pipeline and its service. */
export interface Deployment {
  readonly pipeline: Entity;
  readonly service?: Entity;
}

/** Where files are read from. */
type Source = Pick<CliContext, 'cwd' | 'readStdin'>;

/** The one object that a YAML or JSON file holds; `-` is standard input. Refuses (exit code 2) anything else. */
export async function readEntity(context: Source, file: string): Promise<Entity> {
  const shown = file === '-' ? 'standard input' : file;
  const text = file === '-' ? await context.readStdin() : await readText(resolve(context.cwd, file), shown);
  const { oneDocument } = await import('../../output/yaml.ts');
  const object = oneDocument(text, shown);
  if (typeof object === 'object' && object !== null && !Array.isArray(object)) return object as Entity;
  throw usageError(`reading ${shown}: it must hold one object, as OpenMetadata's API gives it`);
}

/** A pipeline and its service: from one file that holds both, or from two. */
export async function readDeployment(
  context: Source,
  file: string,
  serviceFile: string | undefined,
): Promise<Deployment> {
  const object = await readEntity(context, file);
  const isBoth = isEntity(object['pipeline']) && !('sourceConfig' in object);
  const pipeline = isBoth ? (object['pipeline'] as Entity) : object;
  const service = serviceFile === undefined ? object['service'] : await readEntity(context, serviceFile);
  // In a pipeline of its own `service` is only a reference.
  if (!isBoth && serviceFile === undefined) return { pipeline };
  return isEntity(service) ? { pipeline, service } : { pipeline };
}

function isEntity(value: unknown): value is Entity {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
