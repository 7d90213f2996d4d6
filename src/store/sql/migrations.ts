/** One step forward. A step that was released never changes; a later one corrects it. */
export interface Migration {
  readonly version: number;
  readonly statements: readonly string[];
}

/*
 * Text that is compared or sorted has collation "C", so that the database and this program agree on the order whatever
 * its locale. Objects are compressed JSON (packed.ts): they are read whole, and what is searched has a column.
 * Indexes: every filter of a list has one that ends in the order of the list, alone and within a namespace, so that a page
 * is read from the index and not sorted (measured in test/bench/benches/history.ts).
 */

/** All steps, oldest first; the version of the last one is the version of this program's schema. */
export const MIGRATIONS: readonly Migration[] = [
  {
    version: 1,
    statements: [
      `create table endwell_runs (
        uid text collate "C" primary key,
        namespace text collate "C" not null,
        name text collate "C" not null,
        created_at timestamptz not null,
        profile text collate "C" not null,
        queue text collate "C" not null,
        subject_kind text collate "C",
        subject_id text collate "C",
        phase text collate "C" not null,
        revision integer not null,
        recorded_at timestamptz not null,
        finished_at timestamptz,
        deleted_at timestamptz,
        object bytea not null
      )`,
      'create index endwell_runs_age on endwell_runs (created_at desc, uid desc)',
      'create index endwell_runs_namespace on endwell_runs (namespace, created_at desc, uid desc)',
      'create index endwell_runs_name on endwell_runs (namespace, name, created_at desc, uid desc)',
      'create index endwell_runs_phase on endwell_runs (phase, created_at desc, uid desc)',
      'create index endwell_runs_profile on endwell_runs (profile, created_at desc, uid desc)',
      'create index endwell_runs_queue on endwell_runs (queue, created_at desc, uid desc)',
      'create index endwell_runs_namespace_phase on endwell_runs (namespace, phase, created_at desc, uid desc)',
      'create index endwell_runs_subject on endwell_runs (subject_kind, subject_id, created_at desc, uid desc) where subject_kind is not null',
      'create index endwell_runs_present on endwell_runs (uid) where deleted_at is null',
      'create index endwell_runs_over on endwell_runs ((coalesce(finished_at, deleted_at))) where deleted_at is not null',
      `create table endwell_statuses (
        run_uid text collate "C" not null,
        revision integer not null,
        seen_at timestamptz not null,
        status bytea not null,
        primary key (run_uid, revision)
      )`,
      `create table endwell_pods (
        pod_uid text collate "C" primary key,
        run_uid text collate "C" not null,
        namespace text collate "C" not null,
        pod_name text collate "C" not null,
        stage text collate "C" not null,
        attempt integer not null,
        captured_at timestamptz not null,
        final boolean not null,
        object bytea not null
      )`,
      'create index endwell_pods_run on endwell_pods (run_uid)',
      `create table endwell_pod_logs (
        pod_uid text collate "C" not null references endwell_pods on delete cascade,
        container text collate "C" not null,
        previous boolean not null,
        tail bytea not null,
        size double precision,
        missing text,
        whole boolean not null,
        primary key (pod_uid, container, previous)
      )`,
      `create table endwell_outbox (
        id bigint generated always as identity primary key,
        sink text collate "C" not null,
        event_id text collate "C" not null,
        type text collate "C" not null,
        run_uid text collate "C" not null,
        revision integer not null,
        at timestamptz not null,
        due_at timestamptz not null,
        tries integer not null default 0,
        data bytea not null,
        unique (sink, event_id)
      )`,
      'create index endwell_outbox_run on endwell_outbox (sink, run_uid, revision, id)',
      'create index endwell_outbox_due on endwell_outbox (sink, id)',
    ],
  },
];

/** The version that this program writes and reads. */
export const SCHEMA_VERSION = MIGRATIONS.at(-1)?.version ?? 0;
