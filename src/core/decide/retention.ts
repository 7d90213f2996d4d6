import { dedupeOf } from '../admission/demand.ts';
import { DEFAULT_TTL, TTL_REFUSED_SECONDS } from '../run/defaults.ts';
import type { Outcome, Retention, Run, RunTemplate } from '../run/run.ts';

/**
 * What a template says of how long a run that came out so is kept. It is noted at the end, so that no template has to be
 * read, or to exist, when the time is over.
 */
export function retentionOf(template: RunTemplate | undefined, outcome: Outcome): Retention {
  const by = outcome === 'Succeeded' ? 'succeeded' : 'failed';
  const keepPodSeconds = template?.keepPodSeconds?.[by];
  return {
    ttlSeconds: (template?.ttlSeconds ?? DEFAULT_TTL)[by],
    ...(keepPodSeconds === undefined ? {} : { keepPodSeconds }),
  };
}

/** For how long after its end a run and its pods stay. */
export interface RetentionNow extends Required<Retention> {
  /** The field that says how long the run stays. */
  readonly rule: 'ttlSeconds' | 'dedupe.afterFailureSeconds';
}

/**
 * For how long after its end a run and its pods stay now: its spec may have been changed since. A run that failed is what the
 * back-off of its key goes by, so it stays until that is over; its pods don't.
 */
export function retentionNow(run: Run): RetentionNow {
  const { metadata, spec, status } = run;
  if (run.kind === 'OMJob') return retentionOfOMJob(run);
  if (status?.phase === 'Refused') {
    return { ttlSeconds: TTL_REFUSED_SECONDS, keepPodSeconds: TTL_REFUSED_SECONDS, rule: 'ttlSeconds' };
  }
  const by = status?.phase === 'Succeeded' ? 'succeeded' : 'failed';
  const ttlSeconds = spec.ttlSeconds?.[by] ?? status?.retention?.ttlSeconds ?? DEFAULT_TTL[by];
  const keep = spec.keepPodSeconds?.[by] ?? status?.retention?.keepPodSeconds ?? ttlSeconds;
  const keepPodSeconds = Math.min(keep, ttlSeconds);
  const backoff =
    status?.phase === 'Failed' ? (dedupeOf(metadata.namespace ?? '', spec)?.afterFailureSeconds ?? 0) : 0;
  return backoff > ttlSeconds
    ? { ttlSeconds: backoff, keepPodSeconds, rule: 'dedupe.afterFailureSeconds' }
    : { ttlSeconds, keepPodSeconds, rule: 'ttlSeconds' };
}

/** An OMJob says for how long it is kept, whatever came of it; where it does not, it stays. */
function retentionOfOMJob({ spec }: Run): RetentionNow {
  const ttlSeconds = spec.ttlSeconds?.succeeded ?? Number.POSITIVE_INFINITY;
  return { ttlSeconds, keepPodSeconds: ttlSeconds, rule: 'ttlSeconds' };
}
