import { BUILT_IN_PROFILES, builtInLayers } from '../src/core/profile/builtInProfiles.ts';
import {
  DEFAULT_EXIT_RETRY,
  DEFAULT_LIMITS,
  DEFAULT_RETRY,
  DEFAULT_TTL,
  INIT_IDLE_SECONDS,
  MAX_DISRUPTIONS,
  TTL_REFUSED_SECONDS,
} from '../src/core/run/defaults.ts';
import { LIMIT_TABLE } from '../src/core/run/limitTable.ts';
import { PHASE_MEANINGS } from '../src/core/run/phaseMeanings.ts';
import { isTerminal, movesFrom } from '../src/core/run/phases.ts';
import { DISRUPTIONS } from '../src/core/run/retry.ts';
import type { Limits, Phase } from '../src/core/run/run.ts';
import { markdownTable } from './markdownTable.ts';

/** The page on the life of a run: its phases and the moves between them. */
export function phasesPage(): string {
  const phases = Object.keys(PHASE_MEANINGS) as Phase[];
  const rows = phases.map((phase) => [
    `\`${phase}\``,
    PHASE_MEANINGS[phase],
    isTerminal(phase)
      ? 'final'
      : movesFrom(phase)
          .map((next) => `\`${next}\``)
          .join(', '),
  ]);
  return [
    '# Phases',
    'The life of a run, in `status.phase`. A move that is not in this table is never written, and a final phase never changes.',
    markdownTable(['phase', 'what it means', 'what may follow'], rows).trimEnd(),
    'A run without an exit handler skips `Exiting`. A run whose attempt failed and is tried again goes back to `Queued`: it gives its slot back and keeps its age. The exit handler can not change what main came to.\n',
  ].join('\n\n');
}

/** The page on limits and the other times of a run. */
export function limitsPage(): string {
  const names = Object.keys(LIMIT_TABLE) as (keyof Limits)[];
  const rows = names.map((name) => {
    const { bounds, countsFrom, reason, afterwards } = LIMIT_TABLE[name];
    return [`\`${name}\``, bounds, countsFrom, defaultOf(name), `\`${reason}\``, afterwards];
  });
  return [
    '# Limits',
    'Every wait of a run has a limit, in `spec.limits`, in seconds. Where the cause of a wait is known, it is the reason of the end and the message names the limit; the reason below stands where no better is known.',
    markdownTable(['limit', 'bounds', 'counts from', 'default', 'reason', 'when it is over'], rows).trimEnd(),
    '## Other times',
    markdownTable(['field', 'default'], otherTimes()).trimEnd(),
    `Disruptions (${disruptions()}) are tried again apart from \`retry.maxAttempts\`, up to ${MAX_DISRUPTIONS} times.\n`,
  ].join('\n\n');
}

function defaultOf(name: keyof Limits): string {
  const common: Limits = DEFAULT_LIMITS;
  const none = name === 'initIdleSeconds' ? `${INIT_IDLE_SECONDS} with \`logs: Follow\`, else none` : 'none';
  const general = common[name] === undefined ? none : String(common[name]);
  const others = BUILT_IN_PROFILES.flatMap((profile) => {
    const own = builtInLayers(profile)?.at(-1)?.limits?.[name];
    return own === undefined || String(own) === general ? [] : [`${own} for profile \`${profile}\``];
  });
  return [general, ...others].join('; ');
}

function otherTimes(): string[][] {
  const of = (prefix: string, values: object) =>
    Object.entries(values)
      .filter(([, value]) => typeof value === 'number')
      .map(([field, value]) => [`\`${prefix}.${field}\``, String(value)]);
  return [
    ...of('retry', DEFAULT_RETRY),
    ...of('exitRetry', DEFAULT_EXIT_RETRY),
    ...of('ttlSeconds', DEFAULT_TTL),
    ['a refused run is kept for (seconds)', String(TTL_REFUSED_SECONDS)],
    ['`keepPodSeconds`', 'as `ttlSeconds`'],
  ];
}

function disruptions(): string {
  return [...DISRUPTIONS].map((code) => `\`${code}\``).join(', ');
}
