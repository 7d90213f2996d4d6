import type { Access, Caller } from '../access/access.ts';
import { identify } from '../access/demand.ts';

/**
 * The caller of a request as OpenMetadata's client sends it: `Basic`, with any user name and the token as the password, or
 * `Bearer`. Refuses (401) as everywhere else.
 */
export function identifyBasic(access: Access, authorization: string | undefined): Promise<Caller> {
  const [, encoded] = /^Basic +(\S+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return identify(access, authorization);
  const password = Buffer.from(encoded, 'base64')
    .toString('utf8')
    .replace(/^[^:]*:/, '');
  return identify(access, `Bearer ${password}`);
}
