import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { decide } from '../../src/core/decide/decide.ts';
import type { Decision, Snapshot } from '../../src/core/decide/decision.ts';
import { LABEL } from '../../src/core/naming/naming.ts';
import type { Run } from '../../src/core/run/run.ts';
import type { Transport, TransportRequest, TransportResponse } from '../../src/kube/transport/transport.ts';
import type { HistoryStore, PodEvidence } from '../../src/store/types.ts';
import { statusAnswer } from './faultyTransport.ts';
import type { Variant } from './operators.ts';

/** An operator that is broken on purpose: proof that its kind of mistake would be found. */
export interface BrokenVariant {
  readonly name: string;
  /** At most so many seeds, counted from 0, are needed to find it; measured, with room for other seeds. */
  readonly withinSeeds: number;
  /** Made anew for each simulation. */
  readonly make: () => Variant;
}

/** Each must be found. */
export const VARIANTS: readonly BrokenVariant[] = [
  broken('forgets the gate', 30, () =>
    altered(onPod('main', (pod) => void delete pod.spec?.schedulingGates)),
  ),
  broken('lifts the gate before the status names the pod', 30, () => ungatesAtOnce()),
  broken('takes what the cache lacks for gone', 150, () =>
    decides((ask) => (seen, now) => ask(withGone(seen), now)),
  ),
  broken('calls an error an absence', 300, () => ({ transport: errorsAreAbsence })),
  broken('deletes before the evidence is stored', 150, () =>
    decides((ask) => (seen, now) => ask({ ...seen, evidenceStored: undefined }, now)),
  ),
  broken('deletes before the logs are stored', 150, () => ({ history: storesLogsLater })),
  broken('takes a log that it does not ask for as missing', 150, () => ({ transport: neverReadsLogs })),
  broken('makes main pods without a finalizer', 150, () =>
    altered(onPod('main', (pod) => void delete pod.metadata?.finalizers)),
  ),
  broken('writes over what others wrote', 300, () => ignoresVersions(/\/runs\/[^/]+\/status$/)),
  broken('admits over the batch of another leader', 150, () =>
    ignoresVersions(/\/configmaps\/endwell-admission$/),
  ),
  broken('makes exit pods under ever new names', 30, () => renamed('exit')),
  broken('makes main pods under ever new names', 30, () => renamed('main')),
  broken('lets the run go before its handler ran', 150, () =>
    decides((ask) => (seen, now) => releasedEarly(ask(seen, now))),
  ),
  broken('takes a pod of somebody else for its own', 300, () => adoptsAnything()),
  broken('skips the handler of a run that was cancelled', 200, () =>
    decides((ask) => (seen, now) => ask(seen.run.spec.cancel ? withoutHandler(seen) : seen, now)),
  ),
  broken('skips the handler of a run that was deleted', 150, () =>
    decides(
      (ask) => (seen, now) => ask(seen.run.metadata.deletionTimestamp ? withoutHandler(seen) : seen, now),
    ),
  ),
  broken('skips the handler of an OMJob that was deleted', 500, () =>
    decides((ask) => (seen, now) => ask(isDeletedOMJob(seen.run) ? withoutHandler(seen) : seen, now)),
  ),
  broken('makes the run of a slot under ever new names', 150, () => renamesSlots()),
  broken('forgets to write down what became of a slot', 150, () => altered(withoutSlots)),
  broken('forgets when to look again', 30, () =>
    decides((ask) => (seen, now) => ({ ...ask(seen, now), wakeAt: undefined })),
  ),
  broken('does not list again when a watch is too old', 200, () => ({ transport: ignoresGone })),
  broken('kills before the verdict is stored', 60, () =>
    decides((ask) => (seen, now) => withoutVerdicts(ask(seen, now))),
  ),
  broken('writes a terminal status twice', 30, () => ({ transport: writesTwice })),
  broken('lets the main pod go before its end is recorded', 30, () =>
    decides((ask) => (seen, now) => podReleasedEarly(seen, ask(seen, now))),
  ),
  broken('writes at every look', 30, () =>
    decides((ask) => (seen, now) => writesAlways(seen, ask(seen, now), now)),
  ),
  broken('does not see that its handler has ended', 150, () =>
    decides((ask) => (seen, now) => ask({ ...seen, pods: seen.pods.map(endless) }, now)),
  ),
];

function broken(name: string, withinSeeds: number, make: () => Variant): BrokenVariant {
  return { name, withinSeeds, make };
}

type Decide = typeof decide;

function decides(change: (ask: Decide) => Decide): Variant {
  return { decide: change(decide) };
}

/** Alters requests on their way. */
function altered(change: (request: TransportRequest) => TransportRequest): Variant {
  return { transport: (inner) => ({ ...inner, send: (request) => inner.send(change(request)) }) };
}

function pathOf(request: TransportRequest): string {
  return request.path.split('?')[0] ?? '';
}

function onPod(stage: string, change: (pod: Pod) => void): (request: TransportRequest) => TransportRequest {
  return (request) => {
    if (request.method !== 'POST' || !pathOf(request).endsWith('/pods') || request.body === undefined)
      return request;
    const pod = JSON.parse(request.body) as Pod;
    if (pod.metadata?.labels?.[LABEL.stage] !== stage) return request;
    change(pod);
    return { ...request, body: JSON.stringify(pod) };
  };
}

function renamed(stage: string): Variant {
  let count = 0;
  return altered(
    onPod(stage, (pod) => {
      count += 1;
      pod.metadata = { ...pod.metadata, name: `${pod.metadata?.name}${count}` };
    }),
  );
}

/** As if the name did not come from the slot. */
function renamesSlots(): Variant {
  let count = 0;
  return altered((request) => {
    const isCreate = request.method === 'POST' && /\/(runs|omjobs)$/.test(pathOf(request));
    if (!isCreate || request.body === undefined) return request;
    const run = JSON.parse(request.body) as Run;
    count += 1;
    const metadata = { ...run.metadata, name: `${run.metadata.name}-${count}` };
    return { ...request, body: JSON.stringify({ ...run, metadata }) };
  });
}

function withoutSlots(request: TransportRequest): TransportRequest {
  const isRecord = request.method === 'PATCH' && /\/schedules\/[^/]+\/status$/.test(pathOf(request));
  if (!isRecord || request.body === undefined) return request;
  const { metadata, status } = JSON.parse(request.body) as { metadata: object; status: object };
  return { ...request, body: JSON.stringify({ metadata, status: { ...status, recent: [] } }) };
}

async function bodyOf<T>(answer: TransportResponse): Promise<T> {
  let text = '';
  for await (const chunk of answer.body) text += Buffer.from(chunk).toString();
  return JSON.parse(text) as T;
}

function answerOf(answer: TransportResponse, body: unknown): TransportResponse {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return {
    ...answer,
    body: (async function* () {
      yield bytes;
    })(),
  };
}

function ungatesAtOnce(): Variant {
  return {
    transport: (inner) => ({
      ...inner,
      async send(request) {
        const answer = await inner.send(request);
        const isCreate = request.method === 'POST' && /\/pods(\?fieldManager=[^&]*)?$/.test(request.path);
        if (!isCreate || answer.status !== 201) return answer;
        const pod = await bodyOf<Pod>(answer);
        if (!pod.spec?.schedulingGates?.length) return answerOf(answer, pod);
        const patch = await inner.send({
          ...request,
          method: 'PATCH',
          path: `${pathOf(request)}/${pod.metadata?.name}`,
          headers: { ...request.headers, 'content-type': 'application/json-patch+json' },
          body: JSON.stringify([{ op: 'remove', path: '/spec/schedulingGates' }]),
        });
        return answerOf(answer, patch.status === 200 ? await bodyOf<Pod>(patch) : pod);
      },
    }),
  };
}

/** A write of these objects that somebody was quicker than is sent again over what that one wrote. */
function ignoresVersions(paths: RegExp): Variant {
  return {
    transport: (inner) => ({
      ...inner,
      async send(request) {
        const answer = await inner.send(request);
        if (answer.status !== 409 || request.method !== 'PUT' || !paths.test(pathOf(request))) return answer;
        const { body = '{}', ...read } = request;
        const path = pathOf(request).replace(/\/status$/, '');
        const newest = await inner.send({ ...read, method: 'GET', path });
        if (newest.status !== 200) return answer;
        const { metadata } = await bodyOf<Run>(newest);
        const wanted = JSON.parse(body) as Run;
        return inner.send({ ...request, body: JSON.stringify({ ...wanted, metadata }) });
      },
    }),
  };
}

function adoptsAnything(): Variant {
  const labels = new Map<string, Record<string, string> | undefined>();
  return {
    transport: (inner) => ({
      ...inner,
      async send(request) {
        if (request.method === 'POST' && pathOf(request).endsWith('/pods') && request.body !== undefined) {
          const pod = JSON.parse(request.body) as Pod;
          labels.set(`${pathOf(request)}/${pod.metadata?.name}`, pod.metadata?.labels);
        }
        const answer = await inner.send(request);
        const own = labels.get(pathOf(request));
        if (request.method !== 'GET' || own === undefined || answer.status !== 200) return answer;
        const pod = await bodyOf<Pod>(answer);
        return answerOf(answer, { ...pod, metadata: { ...pod.metadata, labels: own } });
      },
    }),
  };
}

/** The stream ends as if nothing were wrong, and is gone on with from the same version. */
function ignoresGone(inner: Transport): Transport {
  async function* without(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of body) {
      if (Buffer.from(chunk).toString().includes('"code":410')) return;
      yield chunk;
    }
  }
  return {
    ...inner,
    async send(request) {
      const answer = await inner.send(request);
      return /[?&]watch=/.test(request.path) ? { ...answer, body: without(answer.body) } : answer;
    },
  };
}

function errorsAreAbsence(inner: Transport): Transport {
  const isRead = ({ method, path }: TransportRequest) =>
    method === 'GET' && /\/(pods|runs)\/[^/?]+(\?|$)/.test(path);
  return {
    ...inner,
    async send(request) {
      if (!isRead(request)) return inner.send(request);
      const absent = () => statusAnswer(404, 'NotFound', 'not found');
      const answer = await inner.send(request).catch(absent);
      return answer.status >= 400 ? absent() : answer;
    },
  };
}

/** Of each pod first all but the logs; they come with the evidence of the next one. */
function storesLogsLater(inner: HistoryStore): HistoryStore {
  let owed: PodEvidence | undefined;
  return new Proxy(inner, {
    get(target, name) {
      if (name !== 'putEvidence') return Reflect.get(target, name) as unknown;
      return async (evidence: PodEvidence) => {
        if (owed !== undefined) await inner.putEvidence(owed);
        owed = evidence;
        await inner.putEvidence({ ...evidence, logs: [] });
      };
    },
  });
}

function neverReadsLogs(inner: Transport): Transport {
  return {
    ...inner,
    send: async (request) =>
      pathOf(request).endsWith('/log') ? statusAnswer(404, 'NotFound', 'not found') : inner.send(request),
  };
}

function writesTwice(inner: Transport): Transport {
  return {
    ...inner,
    async send(request) {
      const answer = await inner.send(request);
      const isStatus = request.method === 'PUT' && /\/runs\/[^/]+\/status$/.test(pathOf(request));
      if (!isStatus || answer.status !== 200) return answer;
      const run = await bodyOf<Run>(answer);
      if (run.status?.phase === 'Succeeded') {
        const again = { ...run, status: { ...run.status, phase: 'Failed' } };
        await inner.send({ ...request, body: JSON.stringify(again) });
      }
      return answerOf(answer, run);
    },
  };
}

function withGone(seen: Snapshot): Snapshot {
  const shown = new Set(seen.pods.map((pod) => pod.metadata?.uid));
  const missing = (seen.run.status?.attempts ?? [])
    .map(({ podUID }) => podUID)
    .filter((uid) => !shown.has(uid));
  return { ...seen, gone: new Set([...seen.gone, ...missing]) };
}

function isDeletedOMJob({ kind, metadata }: Run): boolean {
  return kind === 'OMJob' && metadata.deletionTimestamp !== undefined;
}

function withoutHandler(seen: Snapshot): Snapshot {
  if (seen.template === undefined) return seen;
  const { exitHandler: _, ...template } = seen.template;
  return { ...seen, template };
}

function releasedEarly(decision: Decision): Decision {
  const makesExit = decision.actions.some((action) => action.kind === 'createExitPod');
  return makesExit ? { ...decision, actions: [...decision.actions, { kind: 'releaseRun' }] } : decision;
}

function podReleasedEarly(seen: Snapshot, decision: Decision): Decision {
  const attempt = seen.run.status?.attempts.at(-1);
  if (seen.run.status?.phase !== 'Running' || attempt === undefined || attempt.outcome !== undefined)
    return decision;
  const { podName, podUID } = attempt;
  return { ...decision, actions: [{ kind: 'releasePod', podName, podUID }, ...decision.actions] };
}

function withoutVerdicts(decision: Decision): Decision {
  if (decision.status === undefined) return decision;
  const { verdicts: _, ...status } = decision.status;
  return { ...decision, status };
}

function writesAlways(seen: Snapshot, decision: Decision, now: number): Decision {
  const status = decision.status ?? seen.run.status;
  if (status === undefined || seen.run.status?.phase !== 'Running') return decision;
  return { ...decision, status: { ...status, revision: status.revision + 1 }, wakeAt: now + 20 };
}

function endless(pod: Pod): Pod {
  if (pod.metadata?.labels?.[LABEL.stage] !== 'exit') return pod;
  return { ...pod, status: { ...pod.status, phase: 'Running', containerStatuses: [] } };
}
