import * as z from 'zod';

/** How to reach an OpenMetadata server. */
export interface ServerAccess {
  /** Of its API, without `/` at the end: `http://openmetadata:8585/api`. */
  readonly url: string;
  readonly token: string;
  /** As `verifySSL` says: `validate` with this authority's certificate, or not at all. Undefined: as usual. */
  readonly tls:
    | { readonly kind: 'authority'; readonly path: string }
    | { readonly kind: 'unchecked' }
    | undefined;
}

/** What is read of the connection; a server of any version adds to it. */
const schema = z.looseObject({
  hostPort: z.string(),
  verifySSL: z.string().nullish(),
  sslConfig: z.looseObject({ caCertificate: z.string().nullish() }).nullish(),
  securityConfig: z.looseObject({ jwtToken: z.string().nullish() }).nullish(),
});

/** A token that OpenMetadata keeps in a secrets manager, which only its own code can ask. */
const ELSEWHERE = /^secret:/;
const WHERE = 'workflowConfig.openMetadataServerConfig';

/** The server that a workflow speaks to, or a sentence that says what is missing of it. */
export function readServer(config: Readonly<Record<string, unknown>>): ServerAccess | string {
  const workflow = config['workflowConfig'] as { openMetadataServerConfig?: unknown } | undefined;
  const { data } = schema.safeParse(workflow?.openMetadataServerConfig);
  if (data === undefined) return `config has no ${WHERE}.hostPort`;
  const url = data.hostPort.replace(/\/+$/, '');
  if (!URL.canParse(url) || !/^https?:/.test(url))
    return `${WHERE}.hostPort in config is no http or https URL`;
  const token = data.securityConfig?.jwtToken;
  if (!token) return `config has no ${WHERE}.securityConfig.jwtToken`;
  if (ELSEWHERE.test(token)) {
    return `${WHERE}.securityConfig.jwtToken in config only names a secret; write the token itself into the Secret of config`;
  }
  return { url, token, tls: tlsOf(data) };
}

function tlsOf({ verifySSL, sslConfig }: z.output<typeof schema>): ServerAccess['tls'] {
  if (verifySSL === 'ignore') return { kind: 'unchecked' };
  const path = sslConfig?.caCertificate;
  return verifySSL === 'validate' && path ? { kind: 'authority', path } : undefined;
}
