import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { systemClock, systemRandom } from '../../ports/clock.ts';
import { virtualClock } from '../../ports/testing/virtualClock.ts';
import { certificate } from './certificate.ts';
import { loadCredentials } from './credentials.ts';
import { tokenSigner } from './serviceAccountTokens.ts';

const newKey = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const DAY_MS = 24 * 3_600_000;
const JANUARY = Date.UTC(2049, 11, 31);

describe('certificate', () => {
  const [caKey, key] = [newKey(), newKey()];
  const validity = { notBefore: JANUARY, notAfter: JANUARY + 10 * DAY_MS };
  const ca = new X509Certificate(
    certificate({
      subject: 'own-ca',
      issuer: 'own-ca',
      issuerKey: caKey,
      key: caKey,
      role: { kind: 'ca' },
      ...validity,
    }),
  );
  const hosts = ['localhost', '127.0.0.1', '::1', '2001:db8::ff00:42'];
  const server = new X509Certificate(
    certificate({
      subject: 'server',
      issuer: 'own-ca',
      issuerKey: caKey,
      key,
      role: { kind: 'server', hosts },
      ...validity,
    }),
  );

  it('is a certificate that its authority signed', () => {
    expect([ca.ca, server.ca, server.checkIssued(ca), server.verify(ca.publicKey)]).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(server.checkPrivateKey(key)).toBe(true);
  });

  it('holds for its hosts and for no other', () => {
    expect([server.checkHost('localhost'), server.checkHost('example.com')]).toEqual([
      'localhost',
      undefined,
    ]);
    expect(['127.0.0.1', '::1', '2001:db8::ff00:42'].map((ip) => server.checkIP(ip))).toEqual(hosts.slice(1));
    expect(server.checkIP('10.0.0.1')).toBeUndefined();
  });

  it('says its validity right on both sides of 2050, where the form of times changes', () => {
    expect([Date.parse(server.validFrom), Date.parse(server.validTo)]).toEqual([
      JANUARY,
      JANUARY + 10 * DAY_MS,
    ]);
  });
});

describe('loadCredentials', () => {
  it('keeps authority and token over restarts, in a file that only its owner reads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kubelite-tls-'));
    const [first, second] = [
      await loadCredentials(folder, systemClock.now()),
      await loadCredentials(folder, systemClock.now()),
    ];
    expect([second.caPem, second.token]).toEqual([first.caPem, first.token]);
    const file = join(folder, 'credentials.json');
    expect([(await stat(file)).mode & 0o777, (await readFile(file, 'utf8')).includes(first.token)]).toEqual([
      0o600,
      true,
    ]);
    expect(new X509Certificate(second.certPem).checkPrivateKey(createPrivateKey(second.keyPem))).toBe(true);
    await rm(folder, { recursive: true });
  });
});

describe('tokenSigner', () => {
  const subject = {
    namespace: 'team',
    account: { name: 'sa', uid: 'u' },
    pod: undefined,
    audiences: [],
    seconds: 600,
  };

  it('reads its own tokens until they expire', async () => {
    const clock = virtualClock(JANUARY);
    const signer = tokenSigner(newKey(), clock, systemRandom);
    const { token } = signer.issue(subject);
    expect(signer.read(token)).toMatchObject({ sub: 'system:serviceaccount:team:sa' });
    await clock.advance(600_000);
    expect(signer.read(token)).toBeUndefined();
  });

  it('reads no token of another key, and none that was changed', () => {
    const [a, b] = [
      tokenSigner(newKey(), virtualClock(), systemRandom),
      tokenSigner(newKey(), virtualClock(), systemRandom),
    ];
    const { token } = a.issue(subject);
    const [head, claims, signature] = token.split('.');
    const forged = Buffer.from(
      Buffer.from(claims ?? '', 'base64url')
        .toString()
        .replace('team', 'evil'),
    ).toString('base64url');
    expect([b.read(token), a.read(`${head}.${forged}.${signature}`), a.read('x.y.z'), a.read('')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
