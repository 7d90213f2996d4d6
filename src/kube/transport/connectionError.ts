/** What a failed connection means to a person, by the code of its error. `access` says whose settings they are. */
const MEANINGS: Readonly<Record<string, (origin: string) => string>> = {
  ECONNREFUSED: (origin) => `nothing listens there; is the API server up, and the server of ${origin} right?`,
  ECONNRESET: () => 'the other side cut the connection',
  ENOTFOUND: (origin) => `there is no such host; is the server of ${origin} right?`,
  EAI_AGAIN: () => 'the name could not be looked up; is this machine online?',
  EHOSTUNREACH: () => 'no way leads to that host; is this machine online, or a VPN off?',
  ENETUNREACH: () => 'no way leads to that network; is this machine online, or a VPN off?',
  UND_ERR_CONNECT_TIMEOUT: () => 'it did not answer in time; is it up, or is a firewall or a VPN in between?',
  ERR_TLS_CERT_ALTNAME_INVALID: (origin) =>
    `the server's certificate is for another name; set tls-server-name in ${origin}`,
  CERT_HAS_EXPIRED: () => "the server's certificate has expired; renew it",
  CERT_NOT_YET_VALID: () => "the server's certificate is not valid yet; is this machine's clock right?",
  EPROTO: (origin) => `the server does not speak TLS as expected; is the server of ${origin} right?`,
};

/** Codes by which Node says that the server's certificate is not signed by whom we trust. */
const UNTRUSTED = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_SIGNATURE_FAILURE',
]);

/** One sentence for a connection to `server` that failed, with what to look at. */
export function connectionMessage(error: unknown, server: string, origin: string): string {
  const code = codeOf(error);
  const detail = error instanceof Error ? error.message : String(error);
  if (UNTRUSTED.has(code)) {
    return `${server}: its certificate is not signed by the certificate-authority of ${origin} (${code}): correct that, or the server`;
  }
  const meaning = MEANINGS[code]?.(origin);
  return meaning === undefined ? `${server}: ${detail}` : `${server}: ${meaning} (${code})`;
}

/** True when another certificate authority, or other certificate of ours, could help. */
export function isTrustError(error: unknown): boolean {
  return UNTRUSTED.has(codeOf(error));
}

/** Several addresses of one host fail as one error with many: the first tells. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
