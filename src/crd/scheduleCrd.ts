import { scheduleSpecSchema } from '../core/schedule/spec.ts';
import { fromZod } from './fromZod.ts';
import { namespacedCrd } from './namespacedCrd.ts';
import { scheduleRecordSchema } from './scheduleRecordSchema.ts';
import type { StructuralSchema, ValidationRule } from './structuralSchema.ts';

/** What `kubectl get schedules` shows. */
const COLUMNS = [
  { name: 'Cron', type: 'string', jsonPath: '.spec.cron' },
  { name: 'Zone', type: 'string', jsonPath: '.spec.timeZone' },
  { name: 'Suspended', type: 'boolean', jsonPath: '.spec.suspend' },
  { name: 'Last', type: 'date', jsonPath: '.status.lastSlot' },
  { name: 'Next', type: 'string', jsonPath: '.status.nextSlot' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
  {
    name: 'Valid',
    type: 'string',
    jsonPath: '.status.conditions[?(@.type=="Accepted")].status',
    priority: 1,
  },
  { name: 'Active', type: 'string', jsonPath: '.status.active', priority: 1 },
] as const;

/** Runs name their schedule in a label. */
const NAME_RULE: ValidationRule = {
  rule: 'self.metadata.name.size() <= 63',
  message: 'metadata.name must be at most 63 characters long: runs name their schedule by a label',
};

/** Five fields or a nickname; `readTiming` knows the rest. A pattern says nothing of a value that is no text. */
export const CRON_PATTERN = '^\\s*(@[a-z]+|\\S+(\\s+\\S+){4})\\s*$';

/** The form of a name of the IANA database; which names there are only the operator's runtime knows. */
const ZONE_PATTERN = '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$';

/** Any value: of fields that may be text or something else a structural schema can't say more. */
const ANY = { 'x-kubernetes-preserve-unknown-fields': true } as const;

/** The CustomResourceDefinition of Schedule. */
export function scheduleCrd(): object {
  return namespacedCrd({
    kind: 'Schedule',
    plural: 'schedules',
    shortName: 'eschedule',
    description: 'Makes a run at each time that its cron expressions name.',
    columns: COLUMNS,
    spec: specSchema(),
    status: fromZod(scheduleRecordSchema),
    rules: [NAME_RULE],
  });
}

function specSchema(): StructuralSchema {
  const { run, ...others } = scheduleSpecSchema.shape;
  const spec = fromZod(scheduleSpecSchema);
  const ofRun = fromZod(run);
  return {
    ...spec,
    properties: {
      ...Object.fromEntries(Object.keys(others).map((field) => [field, spec.properties?.[field] ?? ANY])),
      cron: { ...ANY, pattern: CRON_PATTERN, maxItems: 20 },
      timeZone: { ...spec.properties?.['timeZone'], pattern: ZONE_PATTERN },
      catchUp: { ...ANY, pattern: '^(None|Last)$' },
      run: ofRun,
    },
  };
}
