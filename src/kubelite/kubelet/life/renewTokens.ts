import type { Clock, Timer } from '../../../ports/clock.ts';
import { mountedVolumes, TOKEN_SECONDS } from '../config/volumeFiles.ts';
import type { Pod } from '../pod.ts';

/** Kubernetes' kubelet makes a token anew when four fifths of its life are over, or after a day. */
const SHARE_OF_LIFE = 0.8;
const LONGEST_MS = 86_400_000;

/** Calls `renew` before a token in one of the pod's volumes expires, again and again until it is stopped. */
export function renewTokens(pod: Pod, clock: Clock, renew: () => void): { stop(): void } {
  const lives = tokenLives(pod);
  const everyMs = Math.min(LONGEST_MS, SHARE_OF_LIFE * 1000 * Math.min(...lives));
  let timer: Timer | undefined;
  const wait = () => {
    timer = clock.after(everyMs, () => {
      wait();
      renew();
    });
  };
  if (lives.length > 0) wait();
  return { stop: () => timer?.cancel() };
}

/** In seconds, one for each token. */
function tokenLives(pod: Pod): readonly number[] {
  return mountedVolumes(pod)
    .flatMap(({ projected }) => projected?.sources ?? [])
    .flatMap(({ serviceAccountToken: token }) => (token ? [token.expirationSeconds ?? TOKEN_SECONDS] : []));
}
