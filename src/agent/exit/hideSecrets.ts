import { redactSecrets } from '../../telemetry/redactSecrets.ts';

const MASK = '[redacted]';

/** The text without these values, as they are and as JSON or a URL would write them, and without what looks like a secret. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const forms = new Set(secrets.flatMap((secret) => [secret, escaped(secret), encodeURIComponent(secret)]));
  // Longest first: one may be a part of another.
  const known = [...forms].toSorted((a, b) => b.length - a.length);
  const hidden = known.reduce((so, secret) => so.replaceAll(secret, MASK), text);
  return String(redactSecrets(hidden));
}

function escaped(secret: string): string {
  return JSON.stringify(secret).slice(1, -1);
}
