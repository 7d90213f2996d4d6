import * as z from 'zod';
import { OMJOB_PHASES } from '../core/omjob/omJob.ts';
import { runStatusSchema } from './runStatusSchema.ts';

const name = z.string().max(253).exactOptional();
const time = z.string().max(40).meta({ format: 'date-time' }).exactOptional();
const code = z.int().min(-2_147_483_648).max(2_147_483_647).exactOptional();

/** The status of an OMJob as the API server checks it: what OpenMetadata's chart has there, and the run that it is. */
export const omJobStatusSchema = z.looseObject({
  phase: z.enum(OMJOB_PHASES).exactOptional(),
  mainPodName: name,
  exitHandlerPodName: name,
  message: z.string().exactOptional(),
  startTime: time,
  completionTime: time,
  mainPodExitCode: code,
  mainReason: name,
  exitHandlerExitCode: code,
  observedGeneration: z.int().min(0).exactOptional(),
  conditions: runStatusSchema.shape.conditions.exactOptional(),
  endwell: runStatusSchema.exactOptional(),
});
