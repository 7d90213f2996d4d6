/** Names of fields whose value is never logged, whatever it is. Ends of words, so that `tokenFile` (a path) stays. */
const secretName =
  /(password|passwd|secret|token|authorization|cookie|api-?key|private-?key|client-?key-?data)$/i;

/** Secrets inside of text: an Authorization value, a JSON web token, credentials of a URL. */
const secretText =
  /\b(?:Bearer|Basic)\s+[\w.~+/-]+=*|\beyJ[\w-]+\.[\w-]+\.[\w-]*|(?<=:\/\/)[^\s/:@]+:[^\s/@]+(?=@)/g;

/** Deeper than any field that we log; what is below is cut rather than walked for ever. */
const maxDepth = 8;

const mask = '[redacted]';

/**
 * A copy of a value that may be logged: fields with a secret's name and secrets inside of text are masked.
 * An error becomes its message, class and causes; its stack is left out (it names paths, not what to do).
 */
export function redactSecrets(value: unknown): unknown {
  return redact(value, 0);
}

function redact(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return value.replaceAll(secretText, mask);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '[deeper]';
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, redactField(name, item, depth)]),
  );
}

function redactField(name: string, item: unknown, depth: number): unknown {
  const hidden = secretName.test(name) && item !== undefined && item !== null && typeof item !== 'object';
  return hidden ? mask : redact(item, depth + 1);
}

function redactError(error: Error, depth: number): object {
  return {
    type: error.name,
    message: redact(error.message, depth + 1),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
