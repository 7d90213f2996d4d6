import { describe, expect, it } from 'vitest';
import { CliError, EXIT } from './cliError.ts';
import { readRunRef, requestOf, runArgument } from './runRef.ts';

describe('readRunRef', () => {
  it.each([
    ['a', 'Run'],
    ['run/a', 'Run'],
    ['run.endwell.dev/a', 'Run'],
    ['omjob/a', 'OMJob'],
    ['OMJob/a', 'OMJob'],
    ['omjob.pipelines.openmetadata.org/a', 'OMJob'],
  ])('takes %s for a %s', (text, kind) => {
    const ref = readRunRef(text, 'etl');
    expect(ref).toEqual({ kind, namespace: 'etl', name: 'a' });
    expect(readRunRef(runArgument(ref), 'etl')).toEqual(ref);
  });

  it.each(['pod/a', 'omjob/', 'run/a/b', 'constructor/a'])('refuses %s with exit code 2', (text) => {
    expect(() => readRunRef(text, 'etl')).toThrow(CliError);
    try {
      readRunRef(text, 'etl');
    } catch (error) {
      expect((error as CliError).exitCode).toBe(EXIT.usage);
    }
  });
});

describe('requestOf', () => {
  it('names the kind only where it is not that of every server', () => {
    expect(requestOf(readRunRef('a', 'etl')).query).toEqual({ namespace: 'etl' });
    expect(requestOf(readRunRef('omjob/a', 'etl')).query).toEqual({ namespace: 'etl', kind: 'OMJob' });
  });
});
