import { KubeError, MalformedAnswerError } from '../errors.ts';
import type { KubeObject, WatchEvent } from '../types.ts';
import { isRecord, statusObjectError } from './answerError.ts';
import type { Call } from './call.ts';
import { brokenStream } from './failure.ts';
import { LineCutter } from './lines.ts';

/** An object is 1.5 MB at most in etcd; its JSON with managed fields can be some times that. */
const MAX_LINE_BYTES = 33_554_432;

/** The annotation of the bookmark that ends the initial events of a WatchList. */
const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

/** The events of a watch, which `open` begins. Throws a typed error on an ERROR event, on garbage, and when it ends within an event. */
export async function* watchEvents<T extends KubeObject>(
  call: Call,
  open: () => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<WatchEvent<T>> {
  const cutter = new LineCutter(MAX_LINE_BYTES);
  for await (const chunk of await open()) {
    for (const line of cutLines(call, cutter, chunk)) yield readEvent<T>(call, line);
  }
  if (cutter.isWithinLine) throw brokenStream(call, new Error('it ended within an event'));
}

function* cutLines(call: Call, cutter: LineCutter, chunk: Uint8Array): Generator<string> {
  try {
    for (const line of cutter.push(chunk)) if (line !== '') yield line;
  } catch (cause) {
    if (cause instanceof KubeError) throw cause;
    throw malformed(call, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function readEvent<T extends KubeObject>(call: Call, line: string): WatchEvent<T> {
  const event = parse(call, line);
  const object = event['object'];
  switch (event['type']) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      if (!isRecord(object) || !isRecord(object['metadata'])) throw malformed(call, 'an event has no object');
      return { type: event['type'], object: object as T };
    case 'BOOKMARK':
      return bookmark(call, object);
    case 'ERROR':
      throw statusObjectError(call.action, object);
    default:
      throw malformed(call, `an event has the type ${JSON.stringify(event['type'])?.slice(0, 40)}`);
  }
}

function bookmark<T extends KubeObject>(call: Call, object: unknown): WatchEvent<T> {
  const metadata = isRecord(object) && isRecord(object['metadata']) ? object['metadata'] : {};
  const resourceVersion = metadata['resourceVersion'];
  if (typeof resourceVersion !== 'string') throw malformed(call, 'a bookmark has no resourceVersion');
  const annotations = isRecord(metadata['annotations']) ? metadata['annotations'] : {};
  return { type: 'BOOKMARK', resourceVersion, initialEventsEnd: annotations[INITIAL_EVENTS_END] === 'true' };
}

function parse(call: Call, line: string): Record<string, unknown> {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (cause) {
    throw malformed(call, `an event is not JSON: "${line.slice(0, 80)}"`, cause);
  }
  if (!isRecord(event)) throw malformed(call, 'an event is no object');
  return event;
}

function malformed(call: Call, what: string, cause?: unknown): MalformedAnswerError {
  return new MalformedAnswerError({ message: `${call.action}: ${what}`, cause });
}
