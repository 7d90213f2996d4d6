/** Names one state of a run, as the `id` of a streamed event: `<uid>/<revision>`. */
export interface EventId {
  readonly uid: string;
  /** The status' revision; 0 before the first status write. */
  readonly revision: number;
}

/** The text of an event id. */
export function formatEventId({ uid, revision }: EventId): string {
  return `${uid}/${revision}`;
}

/** Reads an event id (`Last-Event-ID`); undefined when it is none of ours. */
export function parseEventId(text: string): EventId | undefined {
  const [, uid, revision] = /^([A-Za-z0-9-]{1,64})\/(\d{1,15})$/.exec(text) ?? [];
  return uid === undefined || revision === undefined ? undefined : { uid, revision: Number(revision) };
}
