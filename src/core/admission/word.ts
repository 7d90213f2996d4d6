/** Why a run is refused before it was ever accepted; its phase becomes Refused and it owes nothing. */
export type RefusalReason =
  | 'Joined'
  | 'DuplicateRejected'
  | 'BackoffAfterFailure'
  | 'QueueFull'
  /** It names a queue that does not exist. */
  | 'SpecInvalid';

/** Why an accepted run waits, for its condition Admitted=False. */
export type WaitReason =
  /** A limit of its queue is reached. */
  | 'LimitReached'
  /** Another run has its key. */
  | 'DuplicateWaits'
  /** Its queue was deleted, or it was moved to one that does not exist. */
  | 'QueueMissing'
  /** It waits for its next attempt. */
  | 'RetryWaits';

/** The leader's word on one run that waits: what admission says of it. */
export type AdmissionWord =
  /** It may start now. `rule`: why, for the condition Admitted: `NoLimit`, or `Slot` where a queue or a key counts it. */
  | { readonly kind: 'admitted'; readonly rule: 'NoLimit' | 'Slot'; readonly message?: string }
  /** It is accepted and waits its turn. */
  | { readonly kind: 'waits'; readonly reason: WaitReason; readonly message: string }
  /** It is not taken at all. */
  | {
      readonly kind: 'refused';
      readonly reason: RefusalReason;
      readonly message: string;
      /** Reason Joined (and DuplicateRejected): name of the active run of the same key. */
      readonly other?: string;
      /** Reason BackoffAfterFailure: when a run of the key is taken again, ms since the epoch. */
      readonly retryAt?: number;
    };

/** The word on a run that no key and no limit concerns. */
export const NO_LIMIT: AdmissionWord = { kind: 'admitted', rule: 'NoLimit' };
