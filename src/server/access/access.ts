import type { Right } from './right.ts';

/** Whoever sent a request. */
export interface Caller {
  /** As the cluster knows it: `system:serviceaccount:etl:airflow`. */
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Record<string, string[]>;
}

/** Says who a caller is and what it may do. */
export interface Access {
  /** The caller behind a bearer token; undefined when the token is not accepted. Throws when nobody can say. */
  identify(token: string): Promise<Caller | undefined>;
  /** Whether the caller has the right in the cluster. Throws when nobody can say. */
  allows(caller: Caller, right: Right): Promise<boolean>;
}
