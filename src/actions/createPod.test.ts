import { describe, expect, it } from 'vitest';
import { AnswerLostError, InvalidError, KubeError } from '../kube/errors.ts';
import { pods } from '../kube/resources.ts';
import { createPod, NameTakenError } from './createPod.ts';
import { loseFirst, podOf, start } from './testing/fixtures.ts';

describe('createPod', () => {
  it('takes a pod that an earlier call made for the same run as its own', async () => {
    const { api, client } = start();
    const first = await createPod(client, podOf('u1'));
    const again = await createPod(client, podOf('u1'));
    expect(again.metadata?.uid).toBe(first.metadata?.uid);
    expect(api.cluster.objects(pods)).toHaveLength(1);
  });

  it('finds the pod whose answer was lost', async () => {
    const { api, client } = start();
    loseFirst(api, 'after');
    const pod = await createPod(client, podOf('u1'));
    expect(pod.metadata?.uid).toBe(api.cluster.objects(pods)[0]?.metadata?.uid);
  });

  it('throws the lost answer when nothing was made', async () => {
    const { api, client } = start();
    loseFirst(api, 'before');
    await expect(createPod(client, podOf('u1'))).rejects.toBeInstanceOf(AnswerLostError);
  });

  it('takes what the API says to the question who has the name for no answer to the create', async () => {
    const { client } = start();
    await createPod(client, podOf('u1'));
    const get = () => Promise.reject(new InvalidError({ message: 'not so', status: 422 }));
    const failure = await createPod({ ...client, get }, podOf('u1')).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: expect.stringContaining('could not be asked: not so') });
    expect(failure).not.toBeInstanceOf(KubeError);
  });

  it('says whose name it is when another run has it', async () => {
    const { client } = start();
    const other = await createPod(client, podOf('u2'));
    const refusal = await createPod(client, podOf('u1')).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(NameTakenError);
    expect((refusal as NameTakenError).holder).toEqual({ uid: other.metadata?.uid, terminating: false });
  });
});
