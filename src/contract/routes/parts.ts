import * as z from 'zod';

/** Largest page of a list; a page must fit a request's time and memory (INTERFACE: limit ≤ 500). */
export const MAX_PAGE = 500;
/** Page of a list when the caller names none. */
export const DEFAULT_PAGE = 100;
/** Longest `Idempotency-Key`: a UUID or a URL fits; it is only ever hashed. */
const MAX_IDEMPOTENCY_KEY = 256;

/** A namespace's name: a DNS label. */
export const namespaceSchema = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be a DNS label: a-z, 0-9 and -, at most 63 characters');

/** `?namespace=`; `default` when left out. */
export const inNamespace = { namespace: namespaceSchema.default('default') };

/** `?kind=`: an OMJob of OpenMetadata is a run too, and may have the name of another. */
export const runKindSchema = z.enum(['Run', 'OMJob']);

/** Query of whatever is about one run: its namespace and its kind. */
export const ofOneRun = {
  ...inNamespace,
  kind: runKindSchema.default('Run').describe('`OMJob`: the run that the OMJob of that name is'),
};

/** `true` or `false` in a query. */
export const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');

/** A whole number in a query, with its bounds. */
export function count(min: number, max: number): z.ZodType<number, number | string> {
  return z.coerce.number().int().min(min).max(max) as unknown as z.ZodType<number, number | string>;
}

/** `{name}` of a run in a path. */
export const runParams = z.strictObject({ name: z.string().min(1).max(253) });

/** Query of every list: where, what, and which page. */
export const listQuery = z.strictObject({
  ...inNamespace,
  allNamespaces: flag.describe('All namespaces that exist; needs the right in all of them'),
  selector: z.string().max(4096).optional().describe('Label selector, as kubectl writes it'),
  limit: count(1, MAX_PAGE).default(DEFAULT_PAGE),
  cursor: z.string().max(1024).optional().describe('`nextCursor` of the page before'),
});

/** The header that makes a POST safe to repeat. */
export const idempotencyHeaders = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(MAX_IDEMPOTENCY_KEY)
    .optional()
    .describe('Repeating a request with the same key makes nothing twice; lives as long as the object made'),
});
