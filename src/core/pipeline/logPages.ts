/** An answer of the log route as OpenMetadata reads it: all values are strings. */
export type LogPageAnswer = Readonly<Record<string, string>>;

/** Which page is asked for. */
export type WantedPage =
  | { readonly kind: 'page'; readonly index: number }
  | { readonly kind: 'refused'; readonly answer: LogPageAnswer };

/** What an integer of the original can be. */
const INTEGER = /^[+-]?\d{1,10}$/;
const MAX_INTEGER = 2 ** 31 - 1;

/** Reads the parameter `after`: absent or '' is the first page. What is no integer is refused as the original does. */
export function wantedPage(taskKey: string, after: string | undefined): WantedPage {
  if (after === undefined || after === '') return { kind: 'page', index: 0 };
  const index = INTEGER.test(after) ? Number(after) : Number.NaN;
  if (Number.isNaN(index) || Math.abs(index) > MAX_INTEGER) {
    const text = `Invalid pagination parameter: ${after} is not a valid number`;
    return { kind: 'refused', answer: { [taskKey]: text } };
  }
  return { kind: 'page', index };
}

/** One page: `total` counts all of them, `after` asks for the next and is missing on the last. */
export function pageAnswer(taskKey: string, text: string, index: number, total: number): LogPageAnswer {
  const next = index + 1;
  return { [taskKey]: text, total: String(total), ...(next < total ? { after: String(next) } : {}) };
}

/** There is no page of that number. */
export function noSuchPage(taskKey: string): LogPageAnswer {
  return { [taskKey]: 'Invalid pagination index' };
}

/** What is said in place of a page. */
export const logPageMessage = {
  noPods: (): LogPageAnswer => ({ logs: 'No pods found for this pipeline' }),
  noLogs: (pod: string): LogPageAnswer => ({ logs: `No logs available for pod: ${pod}` }),
  failed: (): LogPageAnswer => ({ error: 'Failed to retrieve logs: Kubernetes API request failed' }),
} as const;
