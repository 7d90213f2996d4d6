import * as z from 'zod';
import { parseRunSpec, runSpecSchema } from '../run/spec.ts';
import { problemsOf, type SpecProblem } from '../run/specProblems.ts';
import type { ScheduleSpec } from './schedule.ts';
import { readTiming, type Timing } from './timing.ts';

/** A year, as the longest limit of a run. */
const MAX_SECONDS = 31_536_000;

/** More expressions than this are a mistake, and each slot costs a look at all. */
const MAX_CRONS = 20;

/** A longer one names each minute. */
const MAX_CRON_LENGTH = 256;

/** Slots made up at once: more runs than this nobody wants to see start together. */
export const MAX_CAUGHT_UP = 100;

/** Ended runs that are kept: the history is for more. */
const MAX_KEPT = 1_000;

const cron = z.string().min(1).max(MAX_CRON_LENGTH);
const kept = z.int().min(0).max(MAX_KEPT).exactOptional();
const marks = z.record(z.string(), z.string()).exactOptional();

/** Fields of a schedule's spec; the CRD is made from them, with its own word for those that have two shapes. */
export const scheduleSpecSchema = z.strictObject({
  cron: z.union([cron, z.array(cron).min(1).max(MAX_CRONS)], 'must be a cron expression, or a list of them'),
  timeZone: z.string().min(1).max(64).exactOptional(),
  suspend: z.boolean().exactOptional(),
  catchUp: z
    .union(
      [z.enum(['None', 'Last']), z.strictObject({ all: z.int().min(1).max(MAX_CAUGHT_UP) })],
      `must be None, Last or {all: 1 to ${MAX_CAUGHT_UP}}`,
    )
    .exactOptional(),
  overlap: z.enum(['Allow', 'Forbid', 'Replace', 'Queue']).exactOptional(),
  startingDeadlineSeconds: z.int().min(0).max(MAX_SECONDS).exactOptional(),
  history: z.strictObject({ succeeded: kept, failed: kept }).exactOptional(),
  run: z.strictObject({
    metadata: z.strictObject({ labels: marks, annotations: marks }).exactOptional(),
    spec: runSpecSchema,
  }),
});

/** A spec that is valid, with its timing; or what is wrong with it, field by field. */
export type ParsedScheduleSpec =
  | { readonly spec: ScheduleSpec; readonly timing: Timing; readonly problems?: undefined }
  | { readonly spec?: undefined; readonly problems: readonly SpecProblem[] };

/** Reads a schedule's spec: its shape, its expressions, its zone, and the run that it makes. */
export function parseScheduleSpec(input: unknown): ParsedScheduleSpec {
  const parsed = scheduleSpecSchema.safeParse(input);
  if (!parsed.success) return { problems: problemsOf(parsed.error, scheduleSpecSchema, input) };
  const spec = parsed.data;
  const { timing, problems = [] } = readTiming([spec.cron].flat(), spec.timeZone);
  const ofRun = (parseRunSpec(spec.run.spec).problems ?? []).map(({ field, message }) => ({
    field: field.replace(/^spec/, 'spec.run.spec'),
    message,
  }));
  if (timing === undefined || ofRun.length > 0) return { problems: [...problems, ...ofRun] };
  return { spec, timing };
}
