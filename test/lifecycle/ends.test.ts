import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import { describe, expect, it } from 'vitest';
import type { RunSpec } from '../../src/core/run/run.ts';
import { configMaps, controllerRevisions, pods, secrets } from '../../src/kube/resources.ts';
import { podWhen } from '../support/cluster.ts';
import { eventually } from '../support/eventually.ts';
import { condition, createRun, endedRun, runWhen, shell, useProduct } from '../support/product.ts';

const product = useProduct();

const ENVIRONMENT = 'env | grep -E "^(ENDWELL_|pipelineStatus)" | sort';

async function start(spec: RunSpec) {
  const namespace = await product().namespace();
  await createRun(product().client, namespace, 'r', spec);
  return namespace;
}

const ended = (namespace: string) => endedRun(product().client, namespace, 'r');

async function logOf(namespace: string, name: string): Promise<string> {
  let text = '';
  for await (const chunk of await product().client.podLog({ namespace, name }))
    text += Buffer.from(chunk).toString();
  return text;
}

describe('a run that ends by itself', () => {
  it('with success runs its handler and is Succeeded, with a receipt and a whole timeline', async () => {
    const namespace = await start({ main: shell('echo work'), exitHandler: shell(ENVIRONMENT) });
    const run = await ended(namespace);
    const { phase, main, exit, timeline, attempts } = run.status ?? {};
    expect(phase).toBe('Succeeded');
    expect(main).toMatchObject({ outcome: 'Succeeded', reason: 'Completed', exitCode: 0 });
    expect(exit?.receipt).toMatchObject({ podUID: exit?.podUID, exitCode: 0 });
    expect(attempts).toHaveLength(1);
    for (const type of ['Accepted', 'Admitted', 'Started', 'MainFinished', 'ExitHandled', 'Finished'])
      expect(condition(run, type), type).toMatch(/^True /);
    const order = [
      'acceptedAt',
      'admittedAt',
      'startedAt',
      'finishedAt',
      'exitStartedAt',
      'exitFinishedAt',
    ] as const;
    const times = order.map((name) => Date.parse(timeline?.[name] ?? ''));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    const environment = await logOf(namespace, 'r-x1');
    expect(environment).toContain('ENDWELL_OUTCOME=Succeeded\n');
    expect(environment).toContain(`ENDWELL_RUN_ID=${run.metadata.uid}\n`);
    expect(environment).toContain('ENDWELL_EXIT_ATTEMPT=1\n');
  });

  it('with a failure is Failed although its handler succeeds, and the handler is told', async () => {
    const namespace = await start({ main: shell('exit 3'), exitHandler: shell(ENVIRONMENT) });
    const run = await ended(namespace);
    expect(run.status).toMatchObject({
      phase: 'Failed',
      main: { outcome: 'Failed', reason: 'ExitCode', exitCode: 3 },
    });
    expect(condition(run, 'ExitHandled')).toMatch(/^True /);
    expect(run.status?.main?.message).toContain('container main');
    const environment = await logOf(namespace, 'r-x1');
    expect(environment).toMatch(/ENDWELL_EXIT_CODE=3\n[^]*ENDWELL_OUTCOME=Failed\nENDWELL_REASON=ExitCode\n/);
  });

  it('without a handler skips Exiting and says that none was asked for', async () => {
    const run = await ended(await start({ main: shell('true') }));
    expect(run.status?.phase).toBe('Succeeded');
    expect(condition(run, 'ExitHandled')).toBe('True NotRequested');
  });

  it.each([
    ['one key of a Secret', { secret: 'source', key: 'config.json' }, ''],
    ['a whole ConfigMap', { configMap: 'source' }, '/config.json'],
  ])('reads its input, %s, as files, and so does its handler', async (_what, input, rest) => {
    const { client } = product();
    const namespace = await product().namespace();
    const metadata = { name: 'source', namespace };
    const files = { 'config.json': '{"rows":3}', other: 'x' };
    await client.create(secrets, { metadata, stringData: files });
    await client.create(configMaps, { metadata, data: files });
    const script = `cat "$ENDWELL_INPUT"${rest}`;
    const spec: RunSpec = { input, main: shell(script), exitHandler: shell(script) };
    await createRun(client, namespace, 'r', spec);
    const run = await ended(namespace);
    expect(run.status?.phase).toBe('Succeeded');
    expect(condition(run, 'ExitHandled')).toMatch(/^True /);
    expect(await logOf(namespace, 'r-m1')).toContain('{"rows":3}');
    expect(await logOf(namespace, 'r-x1')).toContain('{"rows":3}');
    expect(JSON.stringify(await client.get(pods, { namespace, name: 'r-m1' }))).not.toContain('rows');
  });

  it('keeps the last lines of its log in the status', async () => {
    const run = await ended(await start({ main: shell('echo because of this; exit 1') }));
    expect(run.status?.attempts[0]?.logTail).toContain('because of this');
  });

  it('lets go of its pod and of itself', async () => {
    const namespace = await start({ main: shell('true'), exitHandler: shell('true') });
    await ended(namespace);
    await runWhen(
      product().client,
      namespace,
      'r',
      (run) => (run.metadata.finalizers ?? []).length === 0,
      'let go',
    );
    const pod = await product().client.get(pods, { namespace, name: 'r-m1' });
    expect(pod.metadata?.finalizers ?? []).toEqual([]);
  });

  it('shares its frozen template with a run of the same spec', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    const spec = { main: shell('true') };
    await createRun(client, namespace, 'a', spec);
    await createRun(client, namespace, 'b', spec);
    const [a, b] = [await endedRun(client, namespace, 'a'), await endedRun(client, namespace, 'b')];
    expect(a.status?.template).toBe(b.status?.template);
    expect((await client.list(controllerRevisions, { namespace })).items).toHaveLength(1);
  });
});

describe('a run whose main is ended by something else', () => {
  const running = (namespace: string) =>
    runWhen(product().client, namespace, 'r', (run) => run.status?.phase === 'Running', 'running');

  it('out of memory: OutOfMemory, naming the container and its limit', async () => {
    const container = shell('exec tail /dev/zero').spec?.containers?.[0] ?? { name: 'main' };
    const main = shell('', { containers: [{ ...container, resources: { limits: { memory: '32Mi' } } }] });
    const run = await ended(await start({ main, exitHandler: shell('true') }));
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'OutOfMemory' });
    expect(run.status?.main?.message).toMatch(/main.*32Mi/);
    expect(run.status?.exit?.receipt?.exitCode).toBe(0);
  });

  it('a signal: Signal, with its number', async () => {
    const run = await ended(
      await start({ main: shell("/bin/sh -c 'kill -9 $$$$'; exit $?"), exitHandler: shell('true') }),
    );
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'Signal', exitCode: 137 });
    expect(run.status?.exit?.receipt?.exitCode).toBe(0);
  });

  it('its pod is deleted by hand: PodDeleted, and the handler runs', async () => {
    const namespace = await start({ main: shell('sleep 600'), exitHandler: shell('true') });
    await running(namespace);
    await product().client.delete(pods, { namespace, name: 'r-m1' });
    const run = await ended(namespace);
    expect(run.status).toMatchObject({ phase: 'Failed', main: { reason: 'PodDeleted' } });
    expect(run.status?.exit?.receipt?.exitCode).toBe(0);
  });

  it.each([0, 3])(
    'its pod is deleted by hand, and main tidies up and exits with %i: PodDeleted, with that exit code',
    async (exitCode) => {
      const { client } = product();
      const script = `trap 'sleep 2; exit ${exitCode}' TERM; echo ready; while :; do sleep 0.1; done`;
      const main = shell(script, { terminationGracePeriodSeconds: 20 });
      const namespace = await start({ main, exitHandler: shell('true') });
      await running(namespace);
      // Before its trap is set a signal would end it with the exit code of the signal.
      await eventually(async () => (await logOf(namespace, 'r-m1')).includes('ready'), 'the trap to be set');
      await client.delete(pods, { namespace, name: 'r-m1' });
      const run = await ended(namespace);
      expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'PodDeleted', exitCode });
      expect(run.status?.exit?.receipt?.exitCode).toBe(0);
    },
  );

  it('its handler is removed by force: it runs again, as the same attempt', async () => {
    const { client } = product();
    const handler = shell('sleep 3', { terminationGracePeriodSeconds: 1 });
    const exitRetry = { maxAttempts: 1, backoffSeconds: 1 };
    const namespace = await start({ main: shell('true'), exitHandler: handler, exitRetry });
    const isHandler = (pod: Pod) => pod.metadata?.name === 'r-x1' && pod.status?.phase === 'Running';
    const pod = await eventually(
      async () => (await client.list(pods, { namespace })).items.find(isHandler),
      'the handler to run',
    );
    await client.delete(pods, { namespace, name: 'r-x1' }, { gracePeriodSeconds: 0 });
    const run = await ended(namespace);
    expect(run.status?.exit).toMatchObject({ attempts: 1, outcome: 'Succeeded', podName: 'r-x1' });
    expect(run.status?.exit?.receipt?.podUID).not.toBe(pod.metadata?.uid);
    expect(condition(run, 'ExitHandled')).toMatch(/^True /);
  });

  it('its pod is torn out, finalizer and all: PodDeleted by a fresh read, and the handler runs', async () => {
    const { client } = product();
    const namespace = await start({ main: shell('sleep 600'), exitHandler: shell('true') });
    await running(namespace);
    await client.delete(pods, { namespace, name: 'r-m1' }, { gracePeriodSeconds: 0 });
    const body = { metadata: { finalizers: null } };
    await client.patch(pods, { namespace, name: 'r-m1' }, { type: 'merge', body }).catch(() => undefined);
    const run = await ended(namespace);
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'PodDeleted' });
    expect(run.status?.exit?.receipt?.exitCode).toBe(0);
    expect(run.status?.attempts).toHaveLength(1);
  });

  it('its node asks it to go (deadline of the pod): DeadlineExceeded', async () => {
    const run = await ended(await start({ main: shell('sleep 600', { activeDeadlineSeconds: 2 }) }));
    expect(run.status?.main).toMatchObject({ outcome: 'Failed', reason: 'DeadlineExceeded' });
  });
});

describe('a run that reaches a limit', () => {
  it('runSeconds: RunTimeout, stored before the pod is killed', async () => {
    const spec: RunSpec = { main: shell('sleep 600'), exitHandler: shell('true'), limits: { runSeconds: 1 } };
    const run = await ended(await start(spec));
    expect(run.status).toMatchObject({ phase: 'Failed', main: { reason: 'RunTimeout' } });
    const uid = run.status?.attempts[0]?.podUID ?? '';
    expect(run.status?.verdicts?.[uid]).toMatchObject({ reason: 'RunTimeout' });
    expect(run.status?.exit?.receipt?.exitCode).toBe(0);
  });

  it.each([
    [
      'an image that is not there',
      { containers: [{ name: 'main', image: 'registry.invalid/no/such:1' }] },
      'ImagePullFailed',
      /registry\.invalid/,
    ],
    [
      'no node that fits',
      { nodeSelector: { 'test.dev/none': 'such' } },
      'Unschedulable',
      /0\/\d+ nodes are available/,
    ],
    [
      'a missing Secret',
      {
        containers: [
          {
            ...shell('true').spec?.containers?.[0],
            name: 'main',
            env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'nosuch', key: 'k' } } }],
          },
        ],
      },
      'ConfigError',
      // A kubelet that is slow to read says that it could not; then what main needs is named by us.
      /secret "nosuch" not found|it needs Secret nosuch\b/,
    ],
  ])(
    'startSeconds, for %s: the cause, with the limit in the message',
    async (_what, change, reason, sentence) => {
      const spec: RunSpec = {
        main: shell('true', change),
        exitHandler: shell('true'),
        limits: { startSeconds: 6 },
      };
      const run = await ended(await start(spec));
      expect(run.status).toMatchObject({ phase: 'Failed', main: { outcome: 'Failed', reason } });
      expect(run.status?.main?.message).toMatch(sentence);
      expect(run.status?.main?.message).toMatch(/6 s/);
      expect(run.status?.exit?.receipt?.exitCode).toBe(0);
    },
  );

  it('exitSeconds, at each attempt: main keeps its outcome, ExitHandled says ExitTimeout', async () => {
    const spec: RunSpec = {
      main: shell('true'),
      exitHandler: shell('sleep 600'),
      limits: { exitSeconds: 1 },
      exitRetry: { maxAttempts: 2, backoffSeconds: 1 },
    };
    const run = await ended(await start(spec));
    expect(run.status?.phase).toBe('Succeeded');
    expect(condition(run, 'ExitHandled')).toBe('False ExitTimeout');
    expect(run.status?.exit?.attempts).toBe(2);
  });

  it('a handler that fails is tried again, and once it succeeds the receipt is of that attempt', async () => {
    const script = '[ "$ENDWELL_EXIT_ATTEMPT" = 2 ] || exit 1';
    const spec: RunSpec = {
      main: shell('true'),
      exitHandler: shell(script),
      exitRetry: { maxAttempts: 3, backoffSeconds: 1 },
    };
    const run = await ended(await start(spec));
    expect(run.status?.exit).toMatchObject({ attempts: 2, podName: 'r-x2', receipt: { exitCode: 0 } });
    expect(condition(run, 'ExitHandled')).toMatch(/^True /);
  });
});

describe('a main pod', () => {
  it('is made behind the gate, and the gate is lifted only after its UID stands in the status', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    const { resourceVersion } = await client.list(pods, { namespace });
    const spec: RunSpec = { main: shell('true') };
    await createRun(client, namespace, 'r', spec);
    let uid = '';
    for await (const event of client.watch(pods, { namespace, resourceVersion })) {
      if (event.type === 'BOOKMARK') continue;
      const gates = (event.object.spec as { schedulingGates?: { name: string }[] }).schedulingGates ?? [];
      if (event.type === 'ADDED') {
        expect(gates.map((gate) => gate.name)).toEqual(['endwell.dev/recorded']);
        uid = event.object.metadata?.uid ?? '';
      }
      if (event.type === 'MODIFIED' && gates.length === 0) break;
    }
    const run = await runWhen(client, namespace, 'r', () => true, 'there');
    expect(run.status?.attempts.map((attempt) => attempt.podUID)).toEqual([uid]);
  });

  it('that somebody made under its name is never taken for ours', async () => {
    const { client } = product();
    const namespace = await product().namespace();
    const { spec } = shell('sleep 600');
    await client.create(pods, {
      metadata: { name: 'r-m1', namespace },
      spec: { ...spec, containers: spec?.containers ?? [], restartPolicy: 'Never' },
    });
    await createRun(client, namespace, 'r', { main: shell('true'), exitHandler: shell('true') });
    const run = await ended(namespace);
    expect(run.status).toMatchObject({ phase: 'Failed', main: { reason: 'NameTaken' } });
    const foreign = await podWhen(client, namespace, 'r-m1', () => true, 'there');
    expect(foreign.metadata?.deletionTimestamp).toBeUndefined();
    await eventually(() => run.status?.exit?.receipt, 'a receipt');
  });
});
