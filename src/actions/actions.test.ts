import { asyncProperty, assert as check, string } from 'fast-check';
import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import { FINALIZER, GATE, LABEL } from '../core/naming/naming.ts';
import type { Run, RunTemplate, Verdict } from '../core/run/run.ts';
import { initialStatus } from '../core/run/status.ts';
import {
  AnswerLostError,
  BadRequestError,
  ConflictError,
  ForbiddenError,
  InvalidError,
  NotFoundError,
} from '../kube/errors.ts';
import { controllerRevisions, pods } from '../kube/resources.ts';
import { virtualClock } from '../ports/testing/virtualClock.ts';
import { cancelRun } from './cancelRun.ts';
import { createPod, NameTakenError } from './createPod.ts';
import { createRun } from './createRun.ts';
import { deletePod } from './deletePod.ts';
import { deleteRun } from './deleteRun.ts';
import { dryRunPods } from './dryRunPods.ts';
import { finalizersRelease } from './finalizersRelease.ts';
import { freezeTemplate, readTemplate } from './freezeTemplate.ts';
import { holdRun } from './holdRun.ts';
import { readFresh } from './readFresh.ts';
import { readLogTail } from './readLogTail.ts';
import { releaseFinalizer } from './releaseFinalizer.ts';
import { runs } from './resources.ts';
import { targetOf } from './target.ts';
import { FakeApi } from './testing/fakeApi.ts';
import { ungatePod } from './ungatePod.ts';
import { writeRunStatus } from './writeRunStatus.ts';

const containers = [{ name: 'main', image: 'busybox' }];
const where = { namespace: 'default', name: 'a' };
const verdict: Verdict = { reason: 'Cancelled', by: 'me', message: 'enough', rule: 'spec.cancel', at: '' };

function start() {
  const api = new FakeApi(virtualClock(Date.parse('2026-01-01T00:00:00Z')));
  return { api, client: api.client() };
}

function putRun(api: FakeApi, change: Partial<Run> = {}): Run {
  return api.cluster.put(runs, {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: { ...where, generation: 1 },
    spec: { main: { spec: { containers } } },
    ...change,
  });
}

function podOf(uid: string, name = 'a-m1'): Pod {
  return {
    metadata: {
      namespace: 'default',
      name,
      labels: { [LABEL.runUid]: uid },
      finalizers: ['other', FINALIZER.outcome],
    },
    spec: { containers, schedulingGates: [{ name: 'kueue' }, { name: GATE }] },
  };
}

/** The answer to the first write is lost, after it took effect or before. */
function loseFirst(api: FakeApi, moment: 'before' | 'after') {
  let isLost = false;
  api.fault = (_write, when) => {
    if (isLost || when !== moment) return undefined;
    isLost = true;
    return new AnswerLostError({ message: 'lost' });
  };
}

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

  it('says whose name it is when another run has it', async () => {
    const { client } = start();
    const other = await createPod(client, podOf('u2'));
    const refusal = await createPod(client, podOf('u1')).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(NameTakenError);
    expect((refusal as NameTakenError).holder).toEqual({ uid: other.metadata?.uid, terminating: false });
  });
});

describe('deletePod', () => {
  it('never deletes a namesake', async () => {
    const { api, client } = start();
    const pod = await createPod(client, podOf('u1'));
    const target = { ...targetOf(pod), uid: 'another' };
    expect(await deletePod(client, { ...target, verdict })).toBe('absent');
    expect(api.cluster.objects(pods)[0]?.metadata?.deletionTimestamp).toBeUndefined();
  });

  it('takes an absent pod as success', async () => {
    const { client } = start();
    expect(await deletePod(client, { namespace: 'default', name: 'x', uid: 'u', verdict })).toBe('absent');
  });

  it('deletes the pod it means', async () => {
    const { api, client } = start();
    const pod = await createPod(client, podOf('u1'));
    expect(await deletePod(client, { ...targetOf(pod), verdict })).toBe('deleted');
    expect(api.cluster.objects(pods)[0]?.metadata?.deletionTimestamp).toBeDefined();
  });

  it('refuses to kill without a reason', async () => {
    const { client } = start();
    const nobody = {
      namespace: 'default',
      name: 'x',
      uid: 'u',
      verdict: { ...verdict, reason: '' as Verdict['reason'] },
    };
    await expect(deletePod(client, nobody)).rejects.toThrow('no reason');
  });
});

describe('ungatePod', () => {
  it('removes our gate and no other, and is safe to repeat', async () => {
    const { client } = start();
    const pod = await createPod(client, podOf('u1'));
    for (let time = 0; time < 2; time += 1) {
      const after = await ungatePod(client, { ...targetOf(pod), known: pod });
      expect(after?.spec?.schedulingGates).toEqual([{ name: 'kueue' }]);
    }
  });

  it('finds the gate at its new place when the list has changed', async () => {
    const { api, client } = start();
    const known = await createPod(client, podOf('u1'));
    api.cluster.put(pods, { ...known, spec: { containers, schedulingGates: [{ name: GATE }] } });
    expect((await ungatePod(client, { ...targetOf(known), known }))?.spec?.schedulingGates).toEqual([]);
  });

  it('never touches a namesake', async () => {
    const { api, client } = start();
    const known = await createPod(client, podOf('u1'));
    api.cluster.remove(pods, { namespace: 'default', name: 'a-m1' });
    await createPod(client, podOf('u1'));
    expect(await ungatePod(client, { ...targetOf(known), known })).toBeUndefined();
    expect(api.cluster.objects(pods)[0]?.spec?.schedulingGates).toHaveLength(2);
  });
});

describe('releaseFinalizer', () => {
  it('leaves the finalizers of others', async () => {
    const { client } = start();
    const pod = await createPod(client, podOf('u1'));
    const after = await releaseFinalizer(client, pods, targetOf(pod), FINALIZER.outcome);
    expect(after?.metadata?.finalizers).toEqual(['other']);
  });

  it('takes a lost answer and an absent object as success', async () => {
    const { api, client } = start();
    const pod = await createPod(client, podOf('u1'));
    loseFirst(api, 'after');
    const after = await releaseFinalizer(client, pods, targetOf(pod), FINALIZER.outcome);
    expect(after?.metadata?.finalizers).toEqual(['other']);
    const gone = { namespace: 'default', name: 'nobody', uid: 'u' };
    expect(await releaseFinalizer(client, pods, gone, FINALIZER.outcome)).toBeUndefined();
  });
});

describe('holdRun', () => {
  it('adds our finalizer to those of others, once', async () => {
    const { api, client } = start();
    const run = putRun(api, { metadata: { ...where, generation: 1, finalizers: ['other'] } });
    const held = await holdRun(client, run);
    expect(held.metadata.finalizers).toEqual(['other', FINALIZER.exitOwed]);
    expect(await holdRun(client, held)).toBe(held);
  });

  it('conflicts when the run has changed since it was read', async () => {
    const { api, client } = start();
    const run = putRun(api);
    api.cluster.put(runs, { ...run, metadata: { ...run.metadata, finalizers: ['new'] } });
    await expect(holdRun(client, run)).rejects.toBeInstanceOf(ConflictError);
  });
});

describe('writeRunStatus', () => {
  it('writes the next revision and returns what is stored', async () => {
    const { api, client } = start();
    const stored = await writeRunStatus(client, putRun(api), { ...initialStatus(), phase: 'Pending' });
    expect(stored.status).toMatchObject({ phase: 'Pending', revision: 1 });
    expect(api.cluster.objects(runs)[0]?.status).toEqual(stored.status);
  });

  it.each(['before', 'after'] as const)(
    'writes once though the answer is lost (%s it took effect)',
    async (moment) => {
      const { api, client } = start();
      const run = putRun(api);
      loseFirst(api, moment);
      const stored = await writeRunStatus(client, run, initialStatus());
      expect(stored.status?.revision).toBe(1);
      expect(api.cluster.objects(runs)[0]?.status?.revision).toBe(1);
    },
  );

  it('conflicts when somebody else wrote, also behind a lost answer', async () => {
    const { api, client } = start();
    const run = putRun(api);
    api.cluster.put(runs, { ...run, status: { ...initialStatus(), revision: 1, message: 'theirs' } });
    await expect(writeRunStatus(client, run, initialStatus())).rejects.toBeInstanceOf(ConflictError);
    loseFirst(api, 'before');
    await expect(writeRunStatus(client, run, initialStatus())).rejects.toBeInstanceOf(ConflictError);
    expect(api.cluster.objects(runs)[0]?.status?.message).toBe('theirs');
  });

  it('says that the run is gone', async () => {
    const { api, client } = start();
    const run = putRun(api);
    api.cluster.remove(runs, where);
    await expect(writeRunStatus(client, run, initialStatus())).rejects.toBeInstanceOf(NotFoundError);
  });

  it('refuses a move that the life of a run does not have, before anything is written', async () => {
    const { api, client } = start();
    const run = putRun(api, { status: { ...initialStatus(), phase: 'Refused', revision: 1 } });
    await expect(writeRunStatus(client, run, { ...initialStatus(), phase: 'Running' })).rejects.toThrow(
      'Refused',
    );
    expect(api.writes).toEqual([]);
  });
});

describe('cancelRun', () => {
  it('stores the wish, and keeps the first one', async () => {
    const { api, client } = start();
    putRun(api);
    expect((await cancelRun(client, { ...where, by: 'me', reason: 'enough' })).kind).toBe('cancelled');
    expect((await cancelRun(client, { ...where, by: 'you' })).kind).toBe('already');
    expect(api.cluster.objects(runs)[0]?.spec.cancel).toEqual({ by: 'me', reason: 'enough' });
  });

  it('finds its own wish behind a lost answer', async () => {
    const { api, client } = start();
    putRun(api);
    loseFirst(api, 'after');
    expect((await cancelRun(client, { ...where, by: 'me' })).run.spec.cancel).toEqual({ by: 'me' });
  });

  it('leaves alone what has ended, and another run of that name', async () => {
    const { api, client } = start();
    const run = putRun(api, { status: { ...initialStatus(), phase: 'Refused' } });
    expect((await cancelRun(client, { ...where, by: 'me' })).kind).toBe('ended');
    await expect(cancelRun(client, { ...where, by: 'me', uid: 'x' })).rejects.toBeInstanceOf(ConflictError);
    expect(api.cluster.objects(runs)[0]).toEqual(run);
  });
});

describe('createRun', () => {
  const wanted = { namespace: 'default', generateName: 'nightly-', spec: { main: { spec: { containers } } } };

  it('stores a run that owes its handler from the start, under a name made from its base', async () => {
    const { client } = start();
    const run = await createRun(client, wanted, () => 0.5);
    expect(run.metadata.name).toMatch(/^nightly-[a-z0-9]{6}$/);
    expect(run.metadata.finalizers).toEqual([FINALIZER.exitOwed]);
  });

  it('keeps a long base within the longest name', async () => {
    const { client } = start();
    const run = await createRun(client, { ...wanted, generateName: 'x'.repeat(80) }, () => 0.9);
    expect(run.metadata.name).toHaveLength(57);
  });

  it('makes one run though the answer is lost', async () => {
    const { api, client } = start();
    loseFirst(api, 'after');
    const run = await createRun(client, wanted, () => 0.5);
    expect(api.cluster.objects(runs)).toEqual([run]);
  });

  it('does not take a namesake with another spec for its own', async () => {
    const { api, client } = start();
    putRun(api, { spec: { main: {} } });
    loseFirst(api, 'before');
    await expect(createRun(client, { ...wanted, ...where }, () => 0.5)).rejects.toBeInstanceOf(
      AnswerLostError,
    );
  });

  it('stores nothing in a dry run', async () => {
    const { api, client } = start();
    await createRun(client, wanted, () => 0.5, { dryRun: true });
    expect(api.cluster.objects(runs)).toEqual([]);
  });
});

describe('deleteRun', () => {
  it('deletes this very run or none', async () => {
    const { api, client } = start();
    const run = putRun(api, { metadata: { ...where, finalizers: [FINALIZER.exitOwed] } });
    await expect(deleteRun(client, { ...where, uid: 'x' })).rejects.toBeInstanceOf(ConflictError);
    await deleteRun(client, { ...where, ...(run.metadata.uid ? { uid: run.metadata.uid } : {}) });
    expect(api.cluster.objects(runs)[0]?.metadata.deletionTimestamp).toBeDefined();
  });
});

describe('freezeTemplate', () => {
  const template: RunTemplate = {
    profile: 'job',
    main: { spec: { containers } },
    limits: {},
    exitRetry: { maxAttempts: 1, backoffSeconds: 1 },
  };

  it('stores a template once, whatever happens to the answer', async () => {
    const { api, client } = start();
    loseFirst(api, 'after');
    const name = await freezeTemplate(client, 'default', template);
    expect(await freezeTemplate(client, 'default', template)).toBe(name);
    expect(api.cluster.objects(controllerRevisions)).toHaveLength(1);
    expect(await readTemplate(client, { namespace: 'default', name })).toEqual(template);
  });

  it('says that there is none only when there is none', async () => {
    const { client } = start();
    expect(await readTemplate(client, { namespace: 'default', name: 'x' })).toBeUndefined();
  });
});

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

describe('readLogTail', () => {
  const source = { namespace: 'default', name: 'a-m1', container: 'main' };

  it('is a whole-character end of the log of at most 1 KiB, for any log', async () => {
    await check(
      asyncProperty(string({ unit: 'binary', maxLength: 3_000 }), async (text) => {
        const { api, client } = start();
        api.logs.set('a-m1', text);
        const tail = await readLogTail(client, source, virtualClock());
        expect(text.endsWith(tail)).toBe(true);
        expect(Buffer.byteLength(tail)).toBeLessThanOrEqual(1024);
        expect(Buffer.byteLength(tail)).toBeGreaterThanOrEqual(Math.min(1021, Buffer.byteLength(text)));
      }),
    );
  });

  it('is empty when there is no log, and when the log does not come in time', async () => {
    const { client } = start();
    expect(await readLogTail(client, source, virtualClock())).toBe('');
    const clock = virtualClock();
    const silent = {
      ...client,
      podLog: (_ref: object, options?: { signal?: AbortSignal }) =>
        new Promise<never>((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    };
    const tail = readLogTail(silent, source, clock);
    await clock.advance(2_000);
    expect(await tail).toBe('');
  });
});

describe('readFresh', () => {
  it('counts another UID as absent', async () => {
    const { client } = start();
    const pod = await createPod(client, podOf('u1'));
    expect(await readFresh(client, pods, targetOf(pod))).toEqual(pod);
    expect(await readFresh(client, pods, { ...targetOf(pod), uid: 'x' })).toBeUndefined();
  });
});

describe('finalizersRelease', () => {
  it('frees runs and pods, counts them, and names what could not be freed', async () => {
    const { api, client } = start();
    putRun(api, { metadata: { ...where, finalizers: [FINALIZER.exitOwed] } });
    putRun(api, { metadata: { ...where, name: 'b', finalizers: ['other'] } });
    await createPod(client, podOf('u1'));
    await createPod(client, podOf('u2', 'b-m1'));
    api.fault = (write, when) =>
      write.name === 'b-m1' && when === 'before'
        ? new ForbiddenError({ message: 'a webhook says no', status: 403 })
        : undefined;
    expect(await finalizersRelease(client, {})).toEqual({
      runs: 1,
      pods: 1,
      failures: ['Pod default/b-m1: a webhook says no'],
    });
    expect(api.cluster.objects(runs).map((run) => run.metadata.finalizers)).toEqual([[], ['other']]);
  });
});
