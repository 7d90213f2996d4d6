import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIP, isIPv4 } from 'node:net';
import {
  bitString,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  time,
  truth,
  utf8String,
} from './der.ts';

/** What a certificate says (X.509 version 3, RFC 5280), signed with ECDSA on P-256 and SHA-256. */
export interface CertificateRequest {
  readonly subject: string;
  readonly issuer: string;
  /** Private key of the issuer; for a CA its own. */
  readonly issuerKey: KeyObject;
  /** Key pair of the subject; only the public half is used. */
  readonly key: KeyObject;
  readonly role: { readonly kind: 'ca' } | { readonly kind: 'server'; readonly hosts: readonly string[] };
  /** ms since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const SUBJECT_KEY_IDENTIFIER = '2.5.29.14';
const KEY_USAGE = '2.5.29.15';
const SUBJECT_ALTERNATIVE_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35';
const EXTENDED_KEY_USAGE = '2.5.29.37';
const SERVER_AUTHENTICATION = '1.3.6.1.5.5.7.3.1';

/** keyCertSign and cRLSign are bits 5 and 6; digitalSignature is bit 0. */
const CA_USAGE = bitString(Buffer.from([0b0000_0110]), 1);
const SERVER_USAGE = bitString(Buffer.from([0b1000_0000]), 7);

/** RFC 5280 allows 20 bytes; 16 random ones never meet again. */
const SERIAL_BYTES = 16;

/** The certificate as PEM. */
export function certificate(request: CertificateRequest): string {
  const algorithm = sequence(objectIdentifier(ECDSA_WITH_SHA256));
  const publicKey = publicKeyOf(request.key);
  const signed = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serialNumber()),
    algorithm,
    nameOf(request.issuer),
    sequence(time(request.notBefore), time(request.notAfter)),
    nameOf(request.subject),
    publicKey,
    explicit(3, sequence(...extensions(request, publicKey))),
  );
  const signature = sign('sha256', signed, request.issuerKey);
  return pem(sequence(signed, algorithm, bitString(signature)));
}

function serialNumber(): Buffer {
  const bytes = randomBytes(SERIAL_BYTES);
  bytes[0] = (bytes[0] ?? 0) & 0x7f;
  return bytes;
}

function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key.export({ type: 'pkcs8', format: 'pem' })).export({
    type: 'spki',
    format: 'der',
  });
}

function nameOf(commonName: string): Buffer {
  return sequence(setOf(sequence(objectIdentifier(COMMON_NAME), utf8String(commonName))));
}

function extensions(request: CertificateRequest, publicKey: Buffer): Buffer[] {
  const { role } = request;
  const ids = [
    extension(SUBJECT_KEY_IDENTIFIER, octetString(keyIdentifier(publicKey))),
    extension(AUTHORITY_KEY_IDENTIFIER, sequence(implicit(0, keyIdentifier(publicKeyOf(request.issuerKey))))),
  ];
  if (role.kind === 'ca') {
    return [critical(BASIC_CONSTRAINTS, sequence(truth())), critical(KEY_USAGE, CA_USAGE), ...ids];
  }
  return [
    critical(BASIC_CONSTRAINTS, sequence()),
    critical(KEY_USAGE, SERVER_USAGE),
    extension(EXTENDED_KEY_USAGE, sequence(objectIdentifier(SERVER_AUTHENTICATION))),
    extension(SUBJECT_ALTERNATIVE_NAME, sequence(...role.hosts.map(generalName))),
    ...ids,
  ];
}

function extension(id: string, value: Buffer): Buffer {
  return sequence(objectIdentifier(id), octetString(value));
}

function critical(id: string, value: Buffer): Buffer {
  return sequence(objectIdentifier(id), truth(), octetString(value));
}

function keyIdentifier(publicKey: Buffer): Buffer {
  return createHash('sha1').update(publicKey).digest();
}

function generalName(host: string): Buffer {
  if (isIP(host) === 0) return implicit(2, Buffer.from(host, 'ascii'));
  return implicit(7, isIPv4(host) ? Buffer.from(host.split('.').map(Number)) : ipv6Bytes(host));
}

function ipv6Bytes(host: string): Buffer {
  const [head = '', tail] = host.split('::');
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
  const [before, after] = [groups(head), groups(tail ?? '')];
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.from([...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
