import { describe, expect, it } from 'vitest';
import {
  deletedAnswer,
  deployedAnswer,
  healthyAnswer,
  hostIpAnswer,
  killedAnswer,
  missingRightsAnswer,
  toggledAnswer,
  triggeredAnswer,
  unreachableAnswer,
  validatedAnswer,
} from './answers.ts';
import { failureSentence, namespaceMissing } from './failure.ts';

const place = { namespace: 'ns', serviceAccountName: 'sa' };
const run = { runId: 'a1b2c3d4-e5f6-7890-abcd-ef1234567890', jobName: 'om-job-x-1-a1b2c3d4' };

describe('answers of the pipeline client', () => {
  it.each([
    [deployedAnswer(), 200, 'Pipeline deployed successfully to Kubernetes'],
    [killedAnswer(2, 'nightly'), 200, 'Killed 2 running job(s) for pipeline nightly'],
    [deletedAnswer([]), 200, 'Pipeline deleted successfully'],
    [deletedAnswer(['a', 'b']), 500, 'Pipeline deleted with errors: a; b'],
    [toggledAnswer('enabled'), 200, 'Pipeline enabled'],
    [toggledAnswer('disabled'), 200, 'Pipeline disabled'],
    [toggledAnswer('on demand'), 200, 'Pipeline toggle updated (on-demand pipeline)'],
    [validatedAnswer(), 200, 'Application validated'],
    [
      missingRightsAnswer(place, ['ConfigMap', 'Secret'], 'no'),
      500,
      "Kubernetes is available but missing ConfigMap, Secret permissions in namespace 'ns' for service account 'sa': no",
    ],
    [
      unreachableAnswer(place, 'no'),
      500,
      'Failed to connect to Kubernetes API (namespace: ns, service account: sa): no',
    ],
  ])('say what OpenMetadata looks for: %j', (answer, code, reason) => {
    expect(answer).toEqual({ code, reason, platform: 'Kubernetes' });
  });

  it('name a run that was made in the sentence and in fields, its job by the whole name', () => {
    expect(triggeredAnswer('pipeline', run)).toEqual({
      code: 200,
      reason: `Pipeline triggered successfully - {"runId":"${run.runId}","jobName":"${run.jobName}"}`,
      platform: 'Kubernetes',
      ...run,
    });
  });

  it('tell the version of the cluster where it is known', () => {
    expect(healthyAnswer(place, 'v1.34.1').version).toBe('v1.34.1');
    expect(healthyAnswer(place, undefined)).toMatchObject({
      version: 'kubernetes',
      reason: "Kubernetes pipeline client is available in namespace 'ns' with service account 'sa'",
    });
  });
});

describe('hostIpAnswer', () => {
  it('prefers what was configured, then the pod, then the namespace', () => {
    expect(hostIpAnswer({ hostIp: '10.0.0.1', hostName: 'pod', namespace: 'ns' })).toEqual({
      ip: '10.0.0.1',
    });
    expect(hostIpAnswer({ hostName: 'pod', namespace: 'ns' })).toEqual({ ip: 'Pod: pod in namespace: ns' });
    expect(hostIpAnswer({ namespace: 'ns' })).toEqual({ ip: 'Kubernetes cluster - namespace: ns' });
  });
});

describe('failureSentence', () => {
  it('keeps the whole message of Kubernetes, quotes and all, and says what to look at', () => {
    const message = 'CronJob.batch "x" is invalid: metadata.name: must be no more than 52 characters';
    expect(failureSentence('deploy', { name: 'x', namespace: 'ns' }, { code: 422, message })).toBe(
      `Failed to deploy 'x' in namespace 'ns': HTTP 422 - ${message}. The specification is invalid: look at what the message names.`,
    );
  });

  it('leaves the hint out where none helps', () => {
    expect(failureSentence('kill', { name: 'x', namespace: 'ns' }, { code: 500, message: 'boom.' })).toBe(
      "Failed to kill 'x' in namespace 'ns': HTTP 500 - boom.",
    );
  });
});

describe('namespaceMissing', () => {
  it('says how to make it', () => {
    expect(namespaceMissing('x')).toBe(
      "Namespace 'x' does not exist. Create it with: kubectl create namespace x",
    );
  });
});
