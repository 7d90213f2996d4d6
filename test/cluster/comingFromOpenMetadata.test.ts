import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SHELL_IMAGE } from '../support/cluster.ts';
import { ROOT, shellBlocks } from '../support/documents.ts';
import { kubectlCommand } from '../support/testcluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'endwell-coming-'));
const blocks = shellBlocks('docs/guide/coming-from-openmetadata.md');
const PIPELINES = 'openmetadata-pipelines';

/** A cluster as its reader has it: the chart's definitions and operator, an OMJob under way, Endwell not at work. */
beforeAll(() => {
  for (const name of ['dist', 'deploy', 'examples'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  replaceIn('deploy/install.yaml', /image: endwell:\S+/g, `image: ${process.env['ENDWELL_IMAGE']}`);
  for (const name of ['omjob', 'cronomjob'])
    replaceIn(`examples/openmetadata/${name}.yaml`, /image: busybox:\S+/g, `image: ${SHELL_IMAGE}`);
  mkdirSync(join(folder, 'bin'));
  const words = kubectlCommand().map((word) => `'${word}'`);
  const kubectl = `#!/bin/sh\nexec ${words.join(' ')} --kubeconfig "$KUBECONFIG" "$@"\n`;
  writeFileSync(join(folder, 'bin', 'kubectl'), kubectl);
  chmodSync(join(folder, 'bin', 'kubectl'), 0o755);
  shell('kubectl scale --namespace endwell-system deployment/endwell-operator --replicas=0');
  shell(
    'kubectl wait --namespace endwell-system --for=delete pod -l app.kubernetes.io/component=operator --timeout=120s',
  );
  shell(`kubectl replace -f ${join(ROOT, 'test/fixtures/openmetadata/chartDefinitions.yaml')}`);
  for (const name of ['openmetadata', PIPELINES]) apply(namespace(name));
  shell(`until kubectl get serviceaccount default --namespace ${PIPELINES}; do sleep 0.2; done`);
  apply(chartOperator());
  apply(omJobUnderWay());
  const uid = shell(`kubectl get omjob left --namespace ${PIPELINES} -o jsonpath={.metadata.uid}`);
  apply(podUnderWay(uid));
  const status = { phase: 'Running', mainPodName: 'left-main', startTime: new Date().toISOString() };
  const patch = JSON.stringify({ status });
  shell(`kubectl patch omjob left --namespace ${PIPELINES} --subresource=status --type=merge -p '${patch}'`);
});

/** What comes after this file finds Endwell at work again. */
afterAll(() => {
  shell('node dist/endwell.js crds | kubectl apply --server-side --force-conflicts -f -');
  shell('kubectl apply -f deploy/install.yaml');
  shell('kubectl rollout status --namespace endwell-system --timeout=120s deployment/endwell-operator');
  shell(`kubectl delete namespace --wait=false --ignore-not-found openmetadata ${PIPELINES}`);
  rmSync(folder, { recursive: true, force: true });
});

function replaceIn(path: string, pattern: RegExp, text: string): void {
  writeFileSync(join(folder, path), readFileSync(join(folder, path), 'utf8').replaceAll(pattern, text));
}

function apply(object: object): void {
  shell('kubectl apply --server-side -f -', JSON.stringify(object));
}

function shell(script: string, input = ''): string {
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env['PATH']}` };
  return execFileSync('/bin/sh', ['-ec', script], { cwd: folder, encoding: 'utf8', env, input });
}

function namespace(name: string): object {
  return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
}

/** Stands for the operator that the chart installs: what matters here is that it can be stopped. */
function chartOperator(): object {
  const labels = { 'app.kubernetes.io/component': 'omjob-operator' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'openmetadata-omjob-operator', namespace: 'openmetadata', labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { ...podSpec('sleep 3600'), restartPolicy: 'Always' } },
    },
  };
}

function omJobUnderWay(): object {
  const part = (script: string) => ({ image: SHELL_IMAGE, command: ['/bin/sh', '-c', script] });
  return {
    apiVersion: 'pipelines.openmetadata.org/v1',
    kind: 'OMJob',
    metadata: { name: 'left', namespace: PIPELINES },
    spec: { mainPodSpec: part('exit 0'), exitHandlerSpec: part('echo handled $pipelineStatus') },
  };
}

/** The main pod as the chart's operator makes it; it outlives the time in which nobody looks after it. */
function podUnderWay(uid: string): object {
  const owner = { apiVersion: 'pipelines.openmetadata.org/v1', kind: 'OMJob', name: 'left', uid };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'left-main',
      namespace: PIPELINES,
      labels: {
        'omjob.pipelines.openmetadata.org/name': 'left',
        'omjob.pipelines.openmetadata.org/pod-type': 'main',
      },
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
    },
    spec: podSpec('sleep 20'),
  };
}

function podSpec(script: string) {
  const container = { name: 'main', image: SHELL_IMAGE, command: ['/bin/sh', '-c', script] };
  return { restartPolicy: 'Never', terminationGracePeriodSeconds: 1, containers: [container] };
}

/** What a line must print for its reader to go on; a line that is not here must only not fail. */
const SHOWS: readonly (readonly [RegExp, RegExp])[] = [
  [/^kubectl get crd/, /omjobs\.pipelines\S+ +openmetadata/],
  [/^kubectl get deployments/, /openmetadata-omjob-operator/],
  [/^kubectl get omjobs --all-namespaces/, /left +Running/],
  [/^kubectl logs .*hello-exit/, /the run ended with success/],
  [/run list/, /omjob\/hello +Succeeded/],
  [/run explain/, /Succeeded, Completed/],
  [/run logs/, /the run ended with success/],
  [/schedule preview/, /02:30/],
  [/schedule trigger/, /omjob/],
];

describe('the commands of docs/guide/coming-from-openmetadata.md', () => {
  it('are all here', () => {
    expect(blocks.flat().length).toBeGreaterThan(20);
  });

  const exports: string[] = [];
  it.each(blocks.flat())('%s', (line) => {
    if (line.startsWith('export ')) exports.push(line);
    const output = shell([...exports, line].join('\n'));
    for (const [of, shown] of SHOWS) if (of.test(line)) expect(output).toMatch(shown);
    // The chart's operator is away and Endwell's is at work: what the one had begun the other brings to its end.
    if (line.startsWith('kubectl rollout status')) {
      const left = `--namespace ${PIPELINES} omjob/left`;
      shell(`kubectl wait --for=jsonpath='{.status.phase}'=Succeeded --timeout=120s ${left}`);
      expect(shell(`kubectl logs --namespace ${PIPELINES} left-exit`)).toContain('handled success');
    }
  });
});
