import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { certificate } from './certificate.ts';

/** What the server proves itself with, and what its clients do. */
export interface Credentials {
  /** Certificate of the own authority, PEM: what a kubeconfig trusts. */
  readonly caPem: string;
  readonly certPem: string;
  /** Private key of the server, PEM. */
  readonly keyPem: string;
  /** The bearer token that may do everything. */
  readonly token: string;
  /** Signs the tokens of service accounts. */
  readonly accountKey: KeyObject;
}

interface Stored {
  readonly caPem: string;
  readonly caKeyPem: string;
  readonly token: string;
  readonly accountKeyPem: string;
}

const CA_NAME = 'kubelite-ca';
const SERVER_NAME = 'kubelite';
/** Only loopback is listened on; the others are names that clients use for it. */
const HOSTS = ['localhost', '127.0.0.1', '::1', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'];

const DAY_MS = 24 * 3_600_000;
/** The authority lives as long as the data folder is likely to; a server certificate is made at every start. */
const CA_DAYS = 3_650;
const SERVER_DAYS = 365;
/** A clock that is a little behind must not find the certificate in the future. */
const SKEW_MS = 3_600_000;

const FILE = 'credentials.json';

/**
 * The credentials of a data folder, made at its first start; without a folder new ones. The file can be read by its
 * owner only. Throws when it is damaged.
 */
export async function loadCredentials(folder: string | undefined, now: number): Promise<Credentials> {
  const known = folder === undefined ? undefined : await readStored(join(folder, FILE));
  const stored = known ?? newStored(now);
  if (folder !== undefined && !known) await writeStored(folder, stored);
  const caKey = createPrivateKey(stored.caKeyPem);
  const key = newKey();
  const certPem = certificate({
    subject: SERVER_NAME,
    issuer: CA_NAME,
    issuerKey: caKey,
    key,
    role: { kind: 'server', hosts: HOSTS },
    notBefore: now - SKEW_MS,
    notAfter: now + SERVER_DAYS * DAY_MS,
  });
  return {
    caPem: stored.caPem,
    certPem,
    keyPem: pemOf(key),
    token: stored.token,
    accountKey: createPrivateKey(stored.accountKeyPem),
  };
}

function newStored(now: number): Stored {
  const caKey = newKey();
  const caPem = certificate({
    subject: CA_NAME,
    issuer: CA_NAME,
    issuerKey: caKey,
    key: caKey,
    role: { kind: 'ca' },
    notBefore: now - SKEW_MS,
    notAfter: now + CA_DAYS * DAY_MS,
  });
  const token = randomBytes(32).toString('base64url');
  return { caPem, caKeyPem: pemOf(caKey), token, accountKeyPem: pemOf(newKey()) };
}

function newKey(): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function readStored(file: string): Promise<Stored | undefined> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as Stored;
  } catch (error) {
    throw new Error(`reading credentials: ${file} is damaged; delete it to get new ones`, { cause: error });
  }
}

/** A crash must not leave half a file: it is written beside, then put in its place. */
async function writeStored(folder: string, stored: Stored): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const beside = join(folder, `${FILE}.new`);
  const file = await open(beside, 'w', 0o600);
  try {
    await file.writeFile(JSON.stringify(stored));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(beside, join(folder, FILE));
}
