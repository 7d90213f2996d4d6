import { createHash } from 'node:crypto';

/** An object of the pipeline client, by what it is for. `runId` is the pipeline's own id of a run, a UUID. */
export type PipelineObject =
  /** The workflow for people to read, secrets redacted. */
  | { readonly kind: 'ConfigMap'; readonly fqn: string }
  /** One immutable revision of the workflow with its secrets; `revision` is {@link revisionHash} of its text. */
  | { readonly kind: 'Secret'; readonly fqn: string; readonly revision: string }
  | { readonly kind: 'CronJob'; readonly fqn: string }
  | { readonly kind: 'CronOMJob'; readonly fqn: string }
  /** A run on demand: Job or OMJob, and the Secret of a run that got a configuration of its own. */
  | { readonly kind: 'Run'; readonly fqn: string; readonly runId: string }
  /** A test of a connection: Job or OMJob, and its Secret. */
  | { readonly kind: 'Automation'; readonly fqn: string; readonly runId: string }
  /** A run of an application: Job or OMJob, and its Secret. */
  | { readonly kind: 'Application'; readonly fqn: string; readonly runId: string };

/** What the names of each kind begin with: fixed by OpenMetadata's client, and what people's scripts look for. */
const PREFIX = {
  ConfigMap: 'om-config-',
  Secret: 'om-secret-',
  CronJob: 'om-cronjob-',
  CronOMJob: 'om-cronomjob-',
  Run: 'om-job-',
  Automation: 'om-automation-',
  Application: 'om-app-',
} as const satisfies Record<PipelineObject['kind'], string>;

/**
 * Longest readable part. The longest prefix of a schedule (13), this, a dash and 8 digits are the 52 characters that the
 * CronJob controller leaves for a name; every other name then fits 63, and pods of an OMJob need no hash of their own.
 */
const MAX_READABLE = 30;

/** Hex digits that tell pipelines of one name apart: 32 bits, among pipelines whose readable part is the same. */
const IDENTITY_DIGITS = 8;

/** Hex digits of a revision: 40 bits among the few revisions of one pipeline that are kept. */
const REVISION_DIGITS = 10;

/** Characters of a run's id in a name, as in OpenMetadata's client. */
const RUN_DIGITS = 8;

/** Longest readable value of the label `app.kubernetes.io/pipeline`, as in OpenMetadata's client. */
const MAX_SANITIZED = 53;

/**
 * The name of an object of the pipeline client, at most 63 characters (schedules 52). The fully qualified name decides it:
 * pipelines of one name in two services share no object, and what deploys, toggles and deletes can't mean different ones.
 */
export function pipelineObjectName(object: PipelineObject): string {
  const name = `${PREFIX[object.kind]}${identityName(object.fqn)}`;
  switch (object.kind) {
    case 'ConfigMap':
    case 'CronJob':
    case 'CronOMJob':
      return name;
    case 'Secret':
      return `${name}-${object.revision}`;
    case 'Run':
    case 'Automation':
    case 'Application':
      return `${name}-${runDigits(object.runId)}`;
    default:
      return object satisfies never;
  }
}

/** What stands for a workflow's text in the name of its revision: 10 hex digits, the same for the same text. */
export function revisionHash(text: string): string {
  return sha256Hex(text).slice(0, REVISION_DIGITS);
}

/**
 * A name as OpenMetadata's client writes it into names and labels: lower case, `[a-z0-9-]`, no dash at an end or doubled, at
 * most 53 characters; `p` where nothing is left.
 */
export function sanitizeName(name: string): string {
  const clean = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')
    .replaceAll(/-+/g, '-')
    .replaceAll(/^-|-$/g, '');
  const cut = withoutTrailingDash(clean.slice(0, MAX_SANITIZED));
  return cut === '' ? 'p' : cut;
}

/**
 * The parts of a fully qualified name. A part that holds a dot stands in double quotes, and a double quote in it is doubled.
 * A name that is not well quoted is taken as it is from there on: it still names something.
 */
export function splitFqn(fqn: string): string[] {
  const parts = [...fqn.matchAll(/(?:^|\.)(?:"((?:[^"]|"")*)"(?=\.|$)|([^.]*))/g)];
  return parts.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}

/** The short name of what a fully qualified name names: its last part, without quotes. */
export function shortName(fqn: string): string {
  return splitFqn(fqn).at(-1) ?? fqn;
}

function identityName(fqn: string): string {
  const readable = withoutTrailingDash(sanitizeName(shortName(fqn)).slice(0, MAX_READABLE));
  return `${readable}-${sha256Hex(fqn).slice(0, IDENTITY_DIGITS)}`;
}

/** A run's id is a UUID; any other text is made into digits that a name can hold. */
function runDigits(runId: string): string {
  const digits = runId.slice(0, RUN_DIGITS);
  return /^[a-z0-9]{8}$/.test(digits) ? digits : sha256Hex(runId).slice(0, RUN_DIGITS);
}

function withoutTrailingDash(text: string): string {
  return text.replace(/-+$/, '');
}

function sha256Hex(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
