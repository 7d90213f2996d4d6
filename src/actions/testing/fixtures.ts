import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { FINALIZER, GATE, LABEL } from '../../core/naming/naming.ts';
import type { Run, Verdict } from '../../core/run/run.ts';
import { AnswerLostError } from '../../kube/errors.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { runs } from '../resources.ts';
import { FakeApi } from './fakeApi.ts';

/** One container, as small as they get. */
export const containers = [{ name: 'main', image: 'busybox' }];
/** The run that tests speak of. */
export const where = { namespace: 'default', name: 'a' };
/** A reason to kill. */
export const verdict: Verdict = {
  reason: 'Cancelled',
  by: 'me',
  message: 'enough',
  rule: 'spec.cancel',
  at: '',
};

/** An empty API and its client. */
export function start() {
  const api = new FakeApi(virtualClock(Date.parse('2026-01-01T00:00:00Z')));
  return { api, client: api.client() };
}

/** Somebody stores a run. */
export function putRun(api: FakeApi, change: Partial<Run> = {}): Run {
  return api.cluster.put(runs, {
    apiVersion: 'endwell.dev/v1',
    kind: 'Run',
    metadata: { ...where, generation: 1 },
    spec: { main: { spec: { containers } } },
    ...change,
  });
}

/** A gated, held main pod of the run with this UID. */
export function podOf(uid: string, name = 'a-m1'): Pod {
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
export function loseFirst(api: FakeApi, moment: 'before' | 'after') {
  let isLost = false;
  api.fault = (_write, when) => {
    if (isLost || when !== moment) return undefined;
    isLost = true;
    return new AnswerLostError({ message: 'lost' });
  };
}
