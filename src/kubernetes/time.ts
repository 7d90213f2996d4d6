const RFC_3339 = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}:\d{2})(?:[.,](\d{1,9}))?(?:[Zz]|([+-]\d{2}:\d{2}))$/;

/** An RFC 3339 time in UTC, cut to the second, as Kubernetes writes `Time`; undefined when the text is none. */
export function secondsTime(text: string): string | undefined {
  return read(text)?.seconds;
}

/**
 * An RFC 3339 time in UTC with its six decimals, as Kubernetes writes `MicroTime`; undefined when the text is none.
 * The API server refuses other than six decimals: measured on 1.34.4.
 */
export function microTime(text: string): string | undefined {
  const time = read(text);
  return time?.fraction.length === 6 ? `${time.seconds.slice(0, -1)}.${time.fraction}Z` : undefined;
}

/** As Kubernetes writes them, on a day that every month has. */
const PLAIN =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{6}))?Z$/;

function read(text: string): { readonly seconds: string; readonly fraction: string } | undefined {
  const plain = PLAIN.exec(text);
  if (plain !== null) return { seconds: `${plain[1]}Z`, fraction: plain[2] ?? '' };
  const match = RFC_3339.exec(text);
  if (match === null) return undefined;
  const [, date = '', clock = '', fraction = '', offset = 'Z'] = match;
  const ms = Date.parse(`${date}T${clock}${offset}`);
  if (Number.isNaN(ms) || !isDate(date)) return undefined;
  return { seconds: `${new Date(ms).toISOString().slice(0, 19)}Z`, fraction };
}

/** Date.parse takes the 31st of a shorter month for the 1st of the next. */
function isDate(date: string): boolean {
  return new Date(`${date}T00:00:00Z`).toISOString().startsWith(date);
}
