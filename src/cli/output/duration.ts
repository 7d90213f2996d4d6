const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A span as kubectl writes ages: `45s`, `3m20s`, `2h5m`, `3d4h`, `12d`. Negative spans are 0s. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return twoParts(seconds, MINUTE, 'm', 1, 's');
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return twoParts(seconds, HOUR, 'h', MINUTE, 'm');
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return twoParts(seconds, DAY, 'd', HOUR, 'h');
  return `${Math.floor(seconds / DAY)}d`;
}

/** Reads `90`, `90s`, `5m`, `2h`, `1d` as seconds; undefined for anything else. */
export function parseSeconds(text: string): number | undefined {
  const [, number, unit] = /^(\d{1,9})([smhd]?)$/.exec(text) ?? [];
  if (number === undefined) return undefined;
  const factors: Record<string, number> = { '': 1, s: 1, m: MINUTE, h: HOUR, d: DAY };
  return Number(number) * (factors[unit ?? ''] ?? 1);
}

function twoParts(seconds: number, big: number, bigUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((seconds % big) / small);
  const head = `${Math.floor(seconds / big)}${bigUnit}`;
  return rest === 0 ? head : `${head}${rest}${smallUnit}`;
}
