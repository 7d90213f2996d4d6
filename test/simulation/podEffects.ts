import type { Pod } from 'kubernetes-types/core/v1.d.ts';
import type { Effect } from './effects.ts';

/** What went wrong with a pod by itself, as its status shows it. */
export function podEffects({ status }: Pod): Effect[] {
  const states = (status?.containerStatuses ?? []).map(({ state }) => state);
  const effects: Effect[] = status?.reason === 'Evicted' ? ['pod evicted by its node'] : [];
  for (const state of states) {
    if (state?.terminated?.reason === 'OOMKilled') effects.push('out of memory');
    if (state?.waiting?.reason === 'CreateContainerConfigError') effects.push('missing ConfigMap');
    if (IMAGE_ERRORS.has(state?.waiting?.reason ?? '')) effects.push('image error');
  }
  return effects;
}

const IMAGE_ERRORS = new Set(['ErrImagePull', 'ImagePullBackOff']);
