import type { ResolvedTemplate } from '../profile/resolveTemplate.ts';

/** A template as a version froze it that knew of no retries, retention or logs. */
export function withoutPolicy(resolved: ResolvedTemplate): ResolvedTemplate {
  if (resolved.template === undefined) {
    return resolved;
  }
  const { retry: _retry, keepPodSeconds: _keep, ttlSeconds: _ttl, logs: _logs, ...older } = resolved.template;
  return { template: older };
}
