import { describe, expect, it } from 'vitest';
import { AnswerLostError, BadRequestError, ForbiddenError, InvalidError } from '../kube/errors.ts';
import { pods } from '../kube/resources.ts';
import { dryRunPods } from './dryRunPods.ts';
import { podOf, start } from './testing/fixtures.ts';

describe('dryRunPods', () => {
  const planned = [{ field: 'spec.main', pod: podOf('u1') }] as const;
  const answer = async (error: Error) => {
    const { api, client } = start();
    api.fault = (_write, when) => (when === 'before' ? error : undefined);
    return dryRunPods(client, planned);
  };

  it('stores nothing', async () => {
    const { api, client } = start();
    expect(await dryRunPods(client, planned)).toEqual({ kind: 'valid' });
    expect(api.cluster.objects(pods)).toEqual([]);
  });

  it('names the field of the run for each cause', async () => {
    const causes = [
      { field: 'spec.containers[0].image', message: 'Required value', reason: 'FieldValueRequired' },
    ];
    expect(await answer(new InvalidError({ message: 'invalid', status: 422, causes }))).toEqual({
      kind: 'invalid',
      problems: ['spec.main.spec.containers[0].image: Required value'],
    });
  });

  it('names an unknown field', async () => {
    const message =
      'creating pods default/a-m1: Pod in version "v1" cannot be handled: strict decoding error: unknown field "spec.comand"';
    expect(await answer(new BadRequestError({ message, status: 400 }))).toEqual({
      kind: 'invalid',
      problems: ['spec.main: unknown field "spec.comand"'],
    });
  });

  it.each([
    new ForbiddenError({ message: 'exceeded quota', status: 403 }),
    new BadRequestError({ message: 'admission webhook "x" denied the request: no', status: 400 }),
    new AnswerLostError({ message: 'lost' }),
  ])('refuses nothing for what can heal: %s', async (error) => {
    expect(await answer(error)).toEqual({ kind: 'unknown', why: error.message });
  });
});
