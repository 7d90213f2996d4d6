import { isIP, isIPv4, isIPv6 } from 'node:net';
import { secondsTime } from '../../kubernetes/time.ts';

const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  'date-time': (text) => secondsTime(text) !== undefined,
  date: (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && secondsTime(`${text}T00:00:00Z`) !== undefined,
  byte: (text) => text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text),
  duration: isDuration,
  uuid: (text) => /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i.test(text),
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  uri: (text) => /^([a-z][a-z0-9+.-]*:|\/)/i.test(text) && !/\s/.test(text),
  hostname: (text) =>
    text.length <= 255 && /^[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*$/i.test(text),
  email: (text) => /^[^\s@]+@[^\s@]+$/.test(text),
};

/** True when the text has the format; formats that Kubernetes doesn't check (`password`, unknown ones) are always met. */
export function hasFormat(format: string, text: string): boolean {
  return FORMATS[format]?.(text) ?? true;
}

/** Go's durations (`1h2m`) and those with words (`2 days`), as Kubernetes takes both. */
function isDuration(text: string): boolean {
  const unit =
    '(ns|us|µs|μs|ms|s|m|h|d|w|nanos?|nanoseconds?|micros?|microseconds?|millis?|milliseconds?|seconds?|minutes?|hours?|days?|weeks?)';
  return text === '0' || new RegExp(`^[-+]?((\\d+(\\.\\d*)?|\\.\\d+)\\s*${unit}\\s*)+$`).test(text);
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIP(address);
  return (
    rest.length === 0 && family !== 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)
  );
}
