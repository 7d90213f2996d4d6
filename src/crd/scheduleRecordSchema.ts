import * as z from 'zod';

const time = z.string().max(40);
const name = z.string().max(253);

/** The record of a schedule as the API server checks it. Loose, so that a newer operator's fields survive an older CRD. */
export const scheduleRecordSchema = z.looseObject({
  observedGeneration: z.int().min(0).exactOptional(),
  counting: z.looseObject({ since: time, timing: z.string().max(8_192) }).exactOptional(),
  lastSlot: time.exactOptional(),
  nextSlot: time.exactOptional(),
  active: z.array(name).max(50).exactOptional(),
  recent: z
    .array(
      z.looseObject({
        slot: time,
        run: name.exactOptional(),
        skipped: z.string().max(64).exactOptional(),
        message: z.string().max(1_100).exactOptional(),
      }),
    )
    .max(20)
    .exactOptional(),
  conditions: z
    .array(
      z.looseObject({
        type: z.string().max(316),
        status: z.enum(['True', 'False', 'Unknown']),
        reason: z.string().max(1024),
        message: z.string().max(32_768),
        lastTransitionTime: time,
        observedGeneration: z.int().min(0).exactOptional(),
      }),
    )
    .max(16)
    .exactOptional(),
});
