import type { Lead } from '../doctor/checks.ts';

/** What may be wrong where a drill ended before its time, from who leads. */
export function hintOf({ kind, said }: Lead): string {
  switch (kind) {
    case 'nobody':
      return `${said}: start an operator by endwell operator, or endwell up`;
    case 'silent':
      return `${said}: start it again`;
    case 'alive':
      return `${said}: it may be paused (--pause), look after other namespaces only (--watch-namespace), or lack rights or nodes: its log and endwell doctor say more`;
    case 'unknown':
      return `${said}: endwell doctor says more`;
    default:
      return kind satisfies never;
  }
}
