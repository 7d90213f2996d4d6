import type { Grant } from './pass.ts';

/** What the object of admission says: whose word counts, and what was granted and perhaps not written yet. */
export interface AdmissionRecord {
  /** +1 with each leader. */
  readonly epoch: number;
  /** Who leads, for people and for whoever lost the answer to a write of its own. */
  readonly holder: string;
  /** +1 with each batch of an epoch. */
  readonly number: number;
  readonly batch: readonly Grant[];
}

/** The record as data of a ConfigMap: one line a grant, `<uid> <kind> <revision>`. */
export function recordData({ epoch, holder, number, batch }: AdmissionRecord): Record<string, string> {
  return {
    epoch: String(epoch),
    holder,
    number: String(number),
    batch: batch.map(({ uid, kind, revision }) => `${uid} ${kind} ${revision}\n`).join(''),
  };
}

/** The record that such data holds; what can't be read of it is left out, for nothing else than a record was ever written. */
export function recordOf(data: Readonly<Record<string, string>> = {}): AdmissionRecord {
  return {
    epoch: wholeNumber(data['epoch']) ?? 0,
    holder: data['holder'] ?? '',
    number: wholeNumber(data['number']) ?? 0,
    batch: (data['batch'] ?? '').split('\n').flatMap((line) => grantOf(line) ?? []),
  };
}

function grantOf(line: string): Grant | undefined {
  const [uid = '', kind, revision] = line.split(' ');
  const number = wholeNumber(revision);
  return uid !== '' && (kind === 'Accept' || kind === 'Admit') && number !== undefined
    ? { uid, kind, revision: number }
    : undefined;
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}
