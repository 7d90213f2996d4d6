import { describe, expect, it } from 'vitest';
import type { PodEvent } from '../decide/decision.ts';
import { aPod, type EndedContainer, type PodBuilder } from '../testing/aPod.ts';
import { ranTooLong } from '../testing/aVerdict.ts';
import { at, NOW } from '../testing/fixedClock.ts';
import { classifyPodEnd } from './classifyPodEnd.ts';
import { askSeen } from './podEnd.ts';

const second = (seconds: number) => NOW + seconds * 1000;
const said = (reason: string, message: string, seconds: number): PodEvent => ({
  type: 'Normal',
  reason,
  message,
  count: 1,
  at: second(seconds),
  source: 'kubelet',
  container: 'main',
});
const started = said('Started', 'Started container main', 0);
const stopped = (seconds: number) => said('Killing', 'Stopping container main', seconds);
const failedProbe = said('Killing', 'Container main failed liveness probe', 9);
const verdict = ranTooLong(5);

/** A pod whose main ended at second 10, and which its kubelet deleted for good at second 11. */
const lastSeen = (end: EndedContainer) =>
  aPod()
    .ended({ finishedAt: 10, ...end })
    .deletedAt(11, 0);

describe('classifyPodEnd, of a pod whose last delete has moved the time of its deletion behind the end of main', () => {
  it.each([0, 3, 137, 143])('goes by an earlier sight of the pod, with exit code %i', (exitCode) => {
    const end = (askedAt: number) =>
      classifyPodEnd(lastSeen({ exitCode }).build(), undefined, { askedAt, events: [started] });
    expect(end(second(9))).toMatchObject({ reason: 'PodDeleted', exitCode });
    expect(end(second(11)).reason).not.toBe('PodDeleted');
  });

  it.each([0, 3, 137, 143])('goes by the word of its kubelet, with exit code %i', (exitCode) => {
    const pod = lastSeen({ exitCode }).build();
    const end = (...events: PodEvent[]) => classifyPodEnd(pod, undefined, { events });
    expect(end(started, stopped(10))).toMatchObject({ reason: 'PodDeleted', exitCode });
    expect(end(started, stopped(11)).reason).not.toBe('PodDeleted');
    expect(end(started, failedProbe).reason).not.toBe('PodDeleted');
  });

  it('finds the deletion before a lack of memory on the way out, and not in one that came by itself', () => {
    const pod = lastSeen({ exitCode: 137, reason: 'OOMKilled' }).build();
    expect(classifyPodEnd(pod, undefined, { askedAt: second(6) }).reason).toBe('PodDeleted');
    expect(classifyPodEnd(pod, undefined, { events: [started] }).reason).toBe('OutOfMemory');
  });

  it('does not take the word that its kubelet stopped main for a deletion where the kubelet had a cause of its own', () => {
    const late = lastSeen({ exitCode: 0 }).withActiveDeadline(8).withPhase('Failed', 'DeadlineExceeded');
    const end = classifyPodEnd(late.build(), undefined, { events: [started, stopped(8)] });
    expect(end.reason).toBe('DeadlineExceeded');
  });

  it.each([137, 143])(
    'knows exit code %i, with which a kubelet stops main, where nothing else tells',
    (exitCode) => {
      const end = classifyPodEnd(lastSeen({ exitCode }).build(), undefined, { events: [] });
      expect(end).toMatchObject({ reason: 'PodDeleted', exitCode });
    },
  );

  it.each<[string, PodBuilder, string]>([
    ['an end long before', aPod().ended({ exitCode: 143, finishedAt: 0 }).deletedAt(11, 0), 'Signal'],
    ['an exit code', lastSeen({ exitCode: 3 }), 'ExitCode'],
    ['a success', lastSeen({ exitCode: 0 }), 'Completed'],
    [
      'a lack of memory',
      lastSeen({ exitCode: 137, reason: 'OOMKilled' }).withMemoryLimit('1Gi'),
      'OutOfMemory',
    ],
  ])('lets %s count where nothing tells, and says that it may be otherwise', (_name, pod, reason) => {
    const unasked = classifyPodEnd(pod.build(), undefined);
    const unknown = classifyPodEnd(pod.build(), undefined, { events: [] });
    const known = classifyPodEnd(pod.build(), undefined, { events: [started] });
    const doubt = 'nothing tells any more whether that was asked for before';
    expect(unasked.eventsTell).toBe(true);
    expect(unknown.eventsTell).toBeUndefined();
    expect([unknown.reason, known.reason]).toEqual([reason, reason]);
    expect(unknown.message).toContain(doubt);
    expect(known.message).not.toContain(doubt);
  });

  it('asks for no Events where an earlier sight or our verdict tells', () => {
    const pod = lastSeen({ exitCode: 0 }).build();
    expect(classifyPodEnd(pod, undefined, { askedAt: second(11) }).eventsTell).toBeUndefined();
    expect(classifyPodEnd(pod, verdict).eventsTell).toBeUndefined();
  });

  it('keeps our verdict, which was passed before', () => {
    expect(classifyPodEnd(lastSeen({ exitCode: 143 }).build(), verdict).reason).toBe('RunTimeout');
  });

  it('takes no end before our verdict for our doing', () => {
    const early = lastSeen({ exitCode: 3, finishedAt: 4 }).build();
    expect(classifyPodEnd(early, verdict).reason).toBe('ExitCode');
  });

  it('lets a verdict that is passed only now tell nothing of when the pod was asked to go', () => {
    const now = { ...verdict, reason: 'Deleted', at: at(60) } as const;
    const end = classifyPodEnd(lastSeen({ exitCode: 0 }).build(), now, { events: [started, stopped(9)] });
    expect(end.reason).toBe('Deleted');
  });
});

describe('askSeen', () => {
  const going = aPod().running().deletedAt(5);

  it('tells when somebody asked, be the grace over or not', () => {
    expect(askSeen(going.build(), undefined)).toBe(second(5));
    expect(askSeen(aPod().ended({ exitCode: 0 }).deletedAt(5).build(), undefined)).toBe(second(5));
    expect(askSeen(aPod().running().deletedAt(5, 0).build(), undefined)).toBe(second(5));
  });

  it('tells nothing of a pod that nobody wants gone', () => {
    expect(askSeen(aPod().ended({ exitCode: 0 }).build(), aPod().running().build())).toBeUndefined();
  });

  it('tells nothing of a pod in its last step, unless main had ended when nobody had asked yet', () => {
    const last = lastSeen({ exitCode: 0 }).build();
    expect(askSeen(last, undefined)).toBeUndefined();
    expect(askSeen(last, aPod().running().build())).toBeUndefined();
    expect(askSeen(last, going.build())).toBeUndefined();
    expect(askSeen(last, aPod().ended({ exitCode: 0 }).build())).toBe(second(11));
  });
});
