/** Short words for schedules and the five fields that they stand for. */
const WORDS: Readonly<Record<string, string>> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
};

/**
 * The schedule of a pipeline in five fields: a short word is written out, anything else stays as it is. Undefined where there
 * is none: the pipeline runs on demand only.
 */
export function cronSchedule(interval: string | null | undefined): string | undefined {
  const text = interval?.trim() ?? '';
  if (text === '') return undefined;
  const word = text.toLowerCase();
  return Object.hasOwn(WORDS, word) ? WORDS[word] : text;
}
