import { describe, expect, it } from 'vitest';
import { createOperatorMetrics } from './metrics.ts';

describe('createOperatorMetrics', () => {
  it('counts jobs under the names that dashboards of the build system know', async () => {
    const metrics = createOperatorMetrics();
    metrics.jobCreated('success');
    metrics.jobFinished({ succeeded: true, reason: 'Completed', seconds: 3 });
    metrics.jobFinished({ succeeded: false, reason: 'OutOfMemory', seconds: 3 });
    const text = await metrics.text();
    expect(text).toContain('k8s_job_creation_total{status="success"} 1');
    expect(text).toContain('k8s_job_duration_seconds_count{status="succeeded"} 1');
    expect(text).toContain('k8s_job_failures_total{reason="OutOfMemory"} 1');
  });

  it('keeps numbers that a job chooses out of the labels', async () => {
    const metrics = createOperatorMetrics();
    for (let code = 1; code < 50; code += 1) {
      metrics.jobFinished({ succeeded: false, reason: `ExitCode(${code})`, seconds: 1 });
    }
    expect(await metrics.text()).toContain('k8s_job_failures_total{reason="ExitCode"} 49');
  });

  it('reads gauges at each scrape, and forgets a phase that has no run any more', async () => {
    const metrics = createOperatorMetrics();
    const phases = new Map([['Running', 2]]);
    metrics.observe({
      runsByPhase: () => phases,
      watchAgeSeconds: () => new Map([['runs', 7]]),
      watchLists: () => new Map([['runs', 2]]),
      leading: () => true,
      queueLength: () => 4,
      queueRunning: () => new Map([['team/small', 1]]),
      queueWaiting: () => new Map([['team/small', 3]]),
      historyLagSeconds: () => 0,
      evidenceWaiting: () => 0,
    });
    expect(await metrics.text()).toContain('k8s_active_jobs 2');
    expect(await metrics.text()).toContain('endwell_queue_running{queue="team/small"} 1');
    expect(await metrics.text()).toContain('endwell_queue_queued{queue="team/small"} 3');
    phases.clear();
    const text = await metrics.text();
    expect(text).toContain('k8s_active_jobs 0');
    expect(text).not.toContain('phase="Running"');
    expect(text).toContain('endwell_watch_age_seconds{resource="runs"} 7');
    expect(text).toContain('endwell_watch_relists_total{resource="runs"} 2');
    expect(text).toContain('endwell_leader 1');
  });

  it('counts a request without an answer as 0xx', async () => {
    const metrics = createOperatorMetrics();
    metrics.apiRequest('PUT', undefined, 0.1);
    metrics.apiRequest('PUT', 409, 0.1);
    const text = await metrics.text();
    expect(text).toContain('endwell_api_request_seconds_count{verb="put",code="0xx"} 1');
    expect(text).toContain('endwell_api_request_seconds_count{verb="put",code="4xx"} 1');
  });
});
