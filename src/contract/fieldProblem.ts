/** Words that make a message go on from the name of its field: `spec.queue must be …`. */
const PREDICATE = /^(is|are|has|have|must|needs|names|can't) /;

/** A field and what is wrong with it as one clause: `spec.priority must be a number`, `spec.profile: there is no …`. */
export function sayField(field: string, message: string): string {
  const where = field === '' ? 'the body' : field;
  return PREDICATE.test(message) ? `${where} ${message}` : `${where}: ${message}`;
}
