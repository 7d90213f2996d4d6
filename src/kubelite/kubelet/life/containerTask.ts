import { type BackOff, NO_BACK_OFF } from './backOff.ts';

/** What a worker remembers of one container between two looks at it. Times are ms since the epoch. */
export interface ContainerTask {
  /** A start is under way. */
  busy: boolean;
  waiting: { readonly reason: string; readonly message: string | undefined } | undefined;
  /** No start before this time, unless configuration changes. */
  notBefore: number;
  crash: BackOff;
  pull: BackOff;
  pullFailedAt: number;
  pullError: string;
  imageID: string;
  started: boolean;
  ready: boolean;
  stop: ContainerStop | undefined;
}

/** A container that is being stopped. */
export interface ContainerStop {
  /** When TERM was sent; undefined while the preStop hook runs. */
  termAt: number | undefined;
  readonly hook: AbortController;
}

/** A container of which nothing has happened yet. */
export function freshTask(): ContainerTask {
  return {
    busy: false,
    waiting: undefined,
    notBefore: 0,
    crash: NO_BACK_OFF,
    pull: NO_BACK_OFF,
    pullFailedAt: 0,
    pullError: '',
    imageID: '',
    started: false,
    ready: false,
    stop: undefined,
  };
}
