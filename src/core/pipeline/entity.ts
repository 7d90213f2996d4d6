import * as z from 'zod';

/** Longest fully qualified name that OpenMetadata stores, characters. */
export const MAX_FQN = 3072;

const reference = z.looseObject({
  id: z.string().optional(),
  /** Word of the service's kind: `databaseService`, `testSuite`, … */
  type: z.string(),
  name: z.string().optional(),
  fullyQualifiedName: z.string().optional(),
});

/**
 * An IngestionPipeline as OpenMetadata's API gives it. Only what we read is checked: a field that a newer OpenMetadata has is
 * carried along.
 */
export const ingestionPipelineSchema = z.looseObject({
  name: z.string().min(1),
  fullyQualifiedName: z.string().min(1).max(MAX_FQN),
  pipelineType: z.string().min(1),
  sourceConfig: z.looseObject({ config: z.record(z.string(), z.unknown()).optional() }),
  service: reference.optional(),
  airflowConfig: z
    .looseObject({
      scheduleInterval: z.string().nullish(),
      pipelineTimezone: z.string().nullish(),
    })
    .optional(),
  /** How a run reaches the server, with its token. */
  openMetadataServerConnection: z.record(z.string(), z.unknown()).optional(),
  loggerLevel: z.string().nullish(),
  raiseOnError: z.boolean().nullish(),
  enableStreamableLogs: z.boolean().nullish(),
  enabled: z.boolean().nullish(),
  deployed: z.boolean().nullish(),
});

/** The service that a pipeline works on, as OpenMetadata's API gives it. */
export const serviceSchema = z.looseObject({
  name: z.string().min(1),
  fullyQualifiedName: z.string().optional(),
  /** `Mysql`, `Kafka`, …; a test suite has none. */
  serviceType: z.string().optional(),
  connection: z.record(z.string(), z.unknown()).nullish(),
});

/** A Workflow of automations, as OpenMetadata's API gives it: a test of a connection. */
export const automationSchema = z.looseObject({
  name: z.string().min(1),
  fullyQualifiedName: z.string().max(MAX_FQN).optional(),
  workflowType: z.string().optional(),
});

/** An App as OpenMetadata's API gives it. */
export const applicationSchema = z.looseObject({
  name: z.string().min(1),
  fullyQualifiedName: z.string().max(MAX_FQN).optional(),
});

/** An IngestionPipeline of OpenMetadata. */
export type IngestionPipeline = z.output<typeof ingestionPipelineSchema>;
/** A service of OpenMetadata. */
export type PipelineService = z.output<typeof serviceSchema>;
