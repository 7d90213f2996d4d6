import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

/** One line of the API server's audit log, level Metadata: what we read of it. */
export interface AuditEntry {
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly objectRef?: {
    readonly resource?: string;
    readonly subresource?: string;
    readonly namespace?: string;
    readonly name?: string;
  };
  /** When it was answered, with microseconds. */
  readonly stageTimestamp: string;
  readonly responseStatus?: { readonly code?: number };
  readonly annotations?: Readonly<Record<string, string>>;
}

const OPERATOR = 'system:serviceaccount:endwell-system:endwell-operator';
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);
/** Not writes of one run: Events are told beside it, the lease is the operator's, a template is shared by many runs. */
const APART = new Set(['events', 'leases', 'controllerrevisions']);

/** What the operator wrote in a namespace, in order. */
export async function operatorWrites(namespace: string): Promise<AuditEntry[]> {
  const entries = await auditLog(namespace);
  return entries.filter(
    (entry) =>
      entry.user.username === OPERATOR &&
      entry.objectRef?.namespace === namespace &&
      WRITES.has(entry.verb) &&
      !APART.has(entry.objectRef.resource ?? '') &&
      !isDryRun(entry),
  );
}

/** Did it only ask what would happen? */
export function isDryRun({ requestURI }: AuditEntry): boolean {
  return /[?&]dryRun=/.test(requestURI);
}

/** `create pods`, `update runs/status`: what an entry did. */
export function deedOf({ verb, objectRef }: AuditEntry): string {
  const { resource = '', subresource } = objectRef ?? {};
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

/** Where the log ends now, in bytes: to read from later. */
export async function auditEnd(): Promise<number> {
  return (await stat(auditPath())).size;
}

/**
 * All entries that contain a text, from a byte on (of a log that was begun anew meanwhile: all). It stands beside the kubeconfig of the test cluster; ENDWELL_AUDIT_LOG names
 * another. It may have hundreds of megabytes, so it is read line by line.
 */
export async function auditLog(text: string, from = 0): Promise<AuditEntry[]> {
  const path = auditPath();
  const entries: AuditEntry[] = [];
  try {
    const start = (await stat(path)).size < from ? 0 : from;
    // The last line may still be in the writing.
    for await (const line of createInterface({ input: createReadStream(path, { start }) }))
      if (line.includes(text) && line.endsWith('}')) entries.push(JSON.parse(line) as AuditEntry);
  } catch (cause) {
    throw new Error(`reading the audit log ${path}: set ENDWELL_AUDIT_LOG to that of this cluster`, {
      cause,
    });
  }
  return entries;
}

function auditPath(): string {
  const beside = join(dirname(String(process.env['KUBECONFIG'])), 'logs', 'audit.log');
  return process.env['ENDWELL_AUDIT_LOG'] ?? beside;
}
