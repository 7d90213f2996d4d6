import { ApiStatusError } from '../status.ts';

/** In which form the client wants the objects. */
export type Shape = 'object' | 'table' | 'metadata';

const SHAPES: Readonly<Record<string, Shape>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

/**
 * The first form of an Accept header that is served: JSON, as it is, as a Table or as PartialObjectMetadata.
 * Throws 406 when there is none.
 */
export function shapeOf(accept: string | undefined): Shape {
  if (accept === undefined || accept.trim() === '') return 'object';
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    if (type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice(3);
    if (as === undefined) return 'object';
    const shape = SHAPES[as];
    if (shape && !parameters.includes('v=v1beta1')) return shape;
  }
  const message = 'only the following media types are accepted: application/json';
  throw new ApiStatusError(406, 'NotAcceptable', message, {});
}
