import { type FieldError, invalid } from '../../../kubernetes/fieldError.ts';
import { isObject, type JsonObject } from '../../../kubernetes/json.ts';

/** Events about objects without a namespace lie in this one. */
const CLUSTER_NAMESPACE = 'default';

/** An Event with all the fields that readers of either API expect, empty where nothing was given. */
export function defaultEvent(event: JsonObject): JsonObject {
  return {
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    source: {},
    reportingComponent: '',
    reportingInstance: '',
    ...event,
  };
}

/** What is wrong with an Event: it must lie where its object does. */
export function eventErrors(event: JsonObject): readonly FieldError[] {
  const about = textAt(event['involvedObject'], 'namespace');
  const namespace = textAt(event['metadata'], 'namespace');
  if (about === namespace || (about === '' && namespace === CLUSTER_NAMESPACE)) return [];
  return [invalid('involvedObject.namespace', about, 'does not match event.namespace')];
}

function textAt(part: unknown, field: string): string {
  const value = isObject(part) ? part[field] : undefined;
  return typeof value === 'string' ? value : '';
}
