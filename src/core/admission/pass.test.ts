import { describe, expect, it } from 'vitest';
import { QueueIndex } from '../queue/resolveQueue.ts';
import { NOW } from '../testing/fixedClock.ts';
import type { Demand } from './demand.ts';
import { type AdmissionState, admissionPass, type Grant, MAX_GRANTS } from './pass.ts';
import { aDemand, aKey, aNewDemand, aQueue, aState } from './testing/aDemand.ts';

const main = { standing: 'main', hasStarted: true } as const;
const admitted = (state: AdmissionState) =>
  admissionPass(state)
    .grants.filter(({ kind }) => kind === 'Admit')
    .map(({ uid }) => uid.slice('uid-'.length));
/** One line a run: what is said of it. */
const words = (state: AdmissionState) =>
  Object.fromEntries(
    [...admissionPass(state).words].map(([uid, word]) => [
      uid.slice('uid-'.length),
      word.kind === 'admitted' ? word.rule : word.reason,
    ]),
  );
const grantsOf = (...grants: Grant[]) => new Map(grants.map((grant) => [grant.uid, grant]));
const age = (minutes: number): Partial<Demand> => ({ createdAt: NOW - minutes * 60_000 });

describe('admissionPass', () => {
  it('gives out the slots that are free, to the oldest first', () => {
    const demands = [aDemand('c', age(1)), aDemand('a', age(3)), aDemand('b', age(2)), aDemand('r', main)];
    expect(admitted(aState({ maxRunning: 3 }, demands))).toEqual(['a', 'b']);
  });

  it('puts priority before age', () => {
    const demands = [
      aDemand('old', age(3)),
      aDemand('high', { priority: 5 }),
      aDemand('low', { priority: -1 }),
    ];
    expect(admitted(aState({ maxRunning: 2 }, demands))).toEqual(['high', 'old']);
  });

  it('grants nothing to a run that only a newer version understands, ends none, and counts the slot of one', () => {
    const isLeftAlone = true;
    const dedupe = aKey('Replace');
    const demands = [
      aDemand('theirs', { ...age(9), isLeftAlone }),
      aDemand('runs', { ...main, isLeftAlone, dedupe }),
      aDemand('after', { dedupe }),
      aDemand('plain'),
    ];
    const pass = admissionPass(aState({ maxRunning: 2 }, demands));
    expect(pass.grants.map(({ uid }) => uid)).toEqual(['uid-plain']);
    expect([pass.words.has('uid-theirs'), pass.superseded]).toEqual([false, []]);
    expect(pass.words.get('uid-after')).toMatchObject({ kind: 'waits', reason: 'DuplicateWaits' });
  });

  it('counts what was granted and not written yet', () => {
    const demands = [aDemand('a'), aDemand('b')];
    const grants = grantsOf({ uid: 'uid-a', kind: 'Admit', revision: 1 });
    expect(words(aState({ maxRunning: 1 }, demands, { grants }))).toEqual({ a: 'Slot', b: 'LimitReached' });
  });

  it('takes a grant as answered once the status is another one', () => {
    const demands = [aDemand('a', { revision: 3 }), aDemand('b', age(5))];
    const grants = grantsOf({ uid: 'uid-a', kind: 'Admit', revision: 1 });
    expect(admitted(aState({ maxRunning: 1 }, demands, { grants }))).toEqual(['b']);
  });

  it('gives the slot of a run back when only its handler is left, and its key when it has ended', () => {
    const dedupe = aKey();
    const demands = [
      aDemand('x', { standing: 'exiting', dedupe }),
      aDemand('same', { dedupe }),
      aDemand('other'),
    ];
    expect(words(aState({ maxRunning: 1 }, demands))).toEqual({ same: 'DuplicateWaits', other: 'Slot' });
  });

  it('lets a run that can not start hold up nobody behind it', () => {
    const dedupe = aKey();
    const demands = [
      aDemand('r', { ...main, dedupe }),
      aDemand('blocked', { priority: 9, dedupe }),
      aDemand('free'),
    ];
    expect(admitted(aState({ maxRunning: 2 }, demands))).toEqual(['free']);
  });

  it('bounds each namespace and each subject', () => {
    const of = (name: string, namespace: string, subject?: string) => aDemand(name, { namespace, subject });
    const spec = { maxRunningPerNamespace: 2, maxRunningPerSubject: 1 };
    const demands = [
      of('a', 'one', 's'),
      of('b', 'one', 's'),
      of('c', 'one'),
      of('d', 'one'),
      of('e', 'two', 's'),
    ].map((demand) => ({ ...demand, queue: 'default' }));
    const shared = aQueue('default', spec, 'endwell-system');
    const queues = new QueueIndex([shared], 'endwell-system');
    expect(words(aState({}, demands, { queues }))).toEqual({
      a: 'Slot',
      b: 'LimitReached',
      c: 'Slot',
      d: 'LimitReached',
      e: 'Slot',
    });
  });

  it('lets subjects take turns where that is asked for', () => {
    const of = (name: string, subject: string, minutes: number) =>
      aDemand(name, { subject, ...age(minutes) });
    const demands = [
      aDemand('r', { ...main, subject: 'big' }),
      of('big1', 'big', 9),
      of('big2', 'big', 8),
      of('small1', 'small', 2),
      of('tiny1', 'tiny', 1),
      of('small2', 'small', 1),
    ];
    expect(admitted(aState({ maxRunning: 5, order: 'FairBySubject' }, demands))).toEqual([
      'small1',
      'tiny1',
      'big1',
      'small2',
    ]);
  });

  it('gives one admission of ten to the run that has waited longest, so that low priority does not starve', () => {
    const demands = [
      aDemand('patient', { priority: -5, ...age(60) }),
      ...Array.from({ length: 20 }, (_, n) => aDemand(`fresh${n}`, { priority: 9 })),
    ];
    expect(admitted(aState({ maxRunning: 9 }, demands))).not.toContain('patient');
    expect(admitted(aState({ maxRunning: 10 }, demands))[9]).toBe('patient');
    const turns = new Map([['team/q', 9]]);
    expect(admitted(aState({ maxRunning: 1 }, demands, { turns }))).toEqual(['patient']);
  });

  it('says nothing of runs that no limit and no key concerns', () => {
    expect(words(aState({}, [aNewDemand('a'), aDemand('b')]))).toEqual({});
  });

  it('says nothing of a new run until its spec is known to be valid', () => {
    const isJudged = () => false;
    expect(words(aState({ maxRunning: 1 }, [aNewDemand('a')], { isJudged }))).toEqual({});
  });

  it('grants no slot to a run that is to stop, and still accepts it', () => {
    const isStopping = true;
    expect(words(aState({ maxRunning: 5 }, [aNewDemand('a', { isStopping })]))).toEqual({
      a: 'LimitReached',
    });
  });

  it('holds a run between two attempts until its time, with its key and without a slot', () => {
    const dedupe = aKey();
    const retryAt = NOW + 30_000;
    const demands = [
      aDemand('again', { dedupe, hasStarted: true, retryAt, ...age(1) }),
      aDemand('older', { dedupe, ...age(9) }),
      aDemand('other'),
    ];
    const state = aState({ maxRunning: 1 }, demands);
    expect(words(state)).toEqual({ again: 'RetryWaits', older: 'DuplicateWaits', other: 'Slot' });
    expect(admissionPass(state).wakeAt).toBe(retryAt);
    expect(words({ ...state, now: retryAt })['again']).toBe('Slot');
  });

  it.each([
    ['Join', 'Joined'],
    ['Reject', 'DuplicateRejected'],
  ] as const)('under %s takes one of many new ones, and says of the others which', (policy, reason) => {
    const dedupe = aKey(policy);
    const state = aState({}, [
      aNewDemand('b', { dedupe, ...age(1) }),
      aNewDemand('a', { dedupe, ...age(2) }),
    ]);
    const pass = admissionPass(state);
    expect(pass.grants).toEqual([{ uid: 'uid-a', kind: 'Admit', revision: 0 }]);
    expect(pass.words.get('uid-b')).toMatchObject({ kind: 'refused', reason, other: 'a' });
  });

  it('grants the key alone to one that must wait for a slot, so that no other takes it', () => {
    const dedupe = aKey('Join');
    const demands = [aDemand('r', main), aNewDemand('a', { dedupe, ...age(2) }), aNewDemand('b', { dedupe })];
    const pass = admissionPass(aState({ maxRunning: 1 }, demands));
    expect(pass.grants).toEqual([{ uid: 'uid-a', kind: 'Accept', revision: 0 }]);
    expect(pass.words.get('uid-a')).toMatchObject({ kind: 'waits', reason: 'LimitReached' });
    expect(pass.words.get('uid-b')).toMatchObject({ reason: 'Joined', other: 'a' });
  });

  it('ends what has the key of one that takes its place, once that is accepted', () => {
    const running = aDemand('old', { ...main, dedupe: aKey(), ...age(9) });
    const replacing = aKey('Replace');
    const fresh = aState({}, [running, aNewDemand('new', { dedupe: replacing })]);
    expect(admissionPass(fresh).superseded).toEqual([]);
    expect(words(fresh)).toEqual({ new: 'DuplicateWaits' });
    const accepted = aDemand('new', { dedupe: replacing });
    const between = aDemand('between', { dedupe: aKey(), ...age(5) });
    const { superseded } = admissionPass(aState({}, [running, accepted, between]));
    expect(superseded.map(({ victim, by }) => [victim.name, by.name])).toEqual([
      ['old', 'new'],
      ['between', 'new'],
    ]);
  });

  it('refuses a new run for a while after its key failed, and not after it went well', () => {
    const dedupe = aKey('Queue', { afterFailureSeconds: 60 });
    const end = (hasFailed: boolean, seconds: number) =>
      new Map([['k', { name: 'last', hasFailed, at: NOW - seconds * 1000 }]]);
    const state = aState({}, [aNewDemand('a', { dedupe })]);
    expect(admissionPass({ ...state, lastEnds: end(true, 10) }).words.get('uid-a')).toMatchObject({
      reason: 'BackoffAfterFailure',
      retryAt: NOW + 50_000,
    });
    expect(words({ ...state, lastEnds: end(true, 60) })).toEqual({ a: 'Slot' });
    expect(words({ ...state, lastEnds: end(false, 10) })).toEqual({ a: 'Slot' });
  });

  it('refuses at maxQueued whatever the policy, and only what would have to wait', () => {
    const spec = { maxRunning: 1, maxQueued: 1 };
    const demands = [aDemand('w', age(9)), aNewDemand('a', age(5)), aNewDemand('b', age(4))];
    expect(words(aState(spec, demands))).toEqual({ w: 'Slot', a: 'LimitReached', b: 'QueueFull' });
    expect(words(aState({ ...spec, maxQueued: 0 }, [aNewDemand('a')]))).toEqual({ a: 'Slot' });
  });

  it('refuses at maxRunning where that is asked for, and waits for a key all the same', () => {
    const spec = { maxRunning: 2, whenFull: 'Reject' } as const;
    const dedupe = aKey();
    const demands = [aDemand('r', { ...main, dedupe }), aNewDemand('same', { dedupe })];
    expect(words(aState(spec, demands))).toEqual({ same: 'DuplicateWaits' });
    expect(words(aState(spec, [...demands, aDemand('r2', main), aNewDemand('a')]))).toMatchObject({
      a: 'QueueFull',
    });
  });

  it('asks for a queue that it does not know before it refuses who names it', () => {
    const state = aState({}, [aNewDemand('a', { queue: 'typo' }), aDemand('b', { queue: 'gone' })]);
    expect(admissionPass(state).unknownQueues).toEqual([{ name: 'typo', namespace: 'team' }]);
    expect(words(state)).toEqual({ b: 'QueueMissing' });
    expect(words({ ...state, isMissing: () => true })).toEqual({ a: 'SpecInvalid', b: 'QueueMissing' });
  });

  it('grants no more at once than fit one object', () => {
    const demands = Array.from({ length: MAX_GRANTS + 50 }, (_, n) =>
      aDemand(`r${n}`, { dedupe: aKey('Queue', { key: `k${n}` }) }),
    );
    expect(admissionPass(aState({}, demands)).grants).toHaveLength(MAX_GRANTS);
  });

  it('counts for each queue what runs and what waits, and who has waited longest', () => {
    const demands = [aDemand('r', main), aDemand('a', age(7)), aDemand('b', age(3))];
    const { counts } = admissionPass(aState({ maxRunning: 1 }, demands));
    expect(counts.get('team/q')).toEqual({ running: 1, queued: 2, oldestQueuedAt: NOW - 7 * 60_000 });
    expect(counts.get('endwell-system/build')).toEqual({ running: 0, queued: 0, oldestQueuedAt: undefined });
  });
});
