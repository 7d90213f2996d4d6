import { describe, expect, it } from 'vitest';
import { ApiError } from '../contract/apiError.ts';
import { problemOf } from '../contract/problem.ts';
import { EXIT } from './cliError.ts';
import { describeError } from './describeError.ts';

describe('describeError', () => {
  it('says what to do where the API’s own words do not', () => {
    expect(describeError(new ApiError(problemOf('NotFound', 'run x does not exist', {})))).toEqual({
      line: 'run x does not exist (Check the name and the namespace.)',
      exitCode: EXIT.failed,
    });
  });

  it('does not say it twice', () => {
    const detail = 'the resources are missing; install them: endwell crds | kubectl apply --server-side -f -';
    expect(describeError(new ApiError(problemOf('NotInstalled', detail, {})))).toEqual({
      line: detail,
      exitCode: EXIT.unreachable,
    });
  });

  it('names every field that is wrong, those of a query by their flags', () => {
    const problems = [
      { field: 'query.selector', message: 'must be a selector' },
      { field: 'spec.queue', message: 'must be text' },
    ];
    const detail = 'query.selector must be a selector';
    expect(describeError(new ApiError(problemOf('BadRequest', detail, { problems }))).line).toBe(
      '--selector must be a selector; spec.queue must be text',
    );
  });

  it('puts an error of any kind into one line', () => {
    expect(describeError(new Error('first\n  second'))).toEqual({
      line: 'first second',
      exitCode: EXIT.failed,
    });
    expect(describeError('thrown text').line).toBe('thrown text');
  });
});
