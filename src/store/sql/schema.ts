import type { ColumnType } from 'kysely';

/** Answered and given as `Date`. */
type Time = ColumnType<Date, Date, Date>;
type OptionalTime = ColumnType<Date | null, Date | null, Date | null>;

/** The tables as the newest migration leaves them; what a column is for stands in `migrations.ts`. */
export interface Tables {
  endwell_runs: {
    uid: string;
    namespace: string;
    name: string;
    created_at: Time;
    profile: string;
    queue: string;
    subject_kind: string | null;
    subject_id: string | null;
    phase: string;
    revision: number;
    recorded_at: Time;
    finished_at: OptionalTime;
    deleted_at: OptionalTime;
    object: Uint8Array;
  };
  endwell_statuses: { run_uid: string; revision: number; seen_at: Time; status: Uint8Array };
  endwell_pods: {
    pod_uid: string;
    run_uid: string;
    namespace: string;
    pod_name: string;
    stage: string;
    attempt: number;
    captured_at: Time;
    final: boolean;
    object: Uint8Array;
  };
  endwell_pod_logs: {
    pod_uid: string;
    container: string;
    previous: boolean;
    tail: Uint8Array;
    size: number | null;
    missing: string | null;
    whole: boolean;
  };
  endwell_outbox: {
    id: ColumnType<string, never, never>;
    sink: string;
    event_id: string;
    type: string;
    run_uid: string;
    revision: number;
    at: Time;
    due_at: Time;
    tries: ColumnType<number, number | undefined, number>;
    data: Uint8Array;
  };
}
