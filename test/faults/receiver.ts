import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

/** What a container says of itself: its main begins, its main ends with this code, its exit handler works. */
export type Said = 'main' | 'end' | 'exit';

/** One call of a container, as it came in. */
export interface Call {
  readonly said: Said;
  /** UID of its run, as the product told the container. */
  readonly run: string;
  readonly pod: string;
  /** One for each life of a container: a call that is sent twice is one call. */
  readonly life: string;
  readonly code: number;
  /** Of this machine's monotonic clock, in ms. */
  readonly at: number;
}

/** Hears what containers do, by no way that the product has a hand in. */
export interface Receiver {
  readonly port: number;
  calls(): readonly Call[];
  close(): Promise<void>;
}

/** Starts one on a free port; pods reach this machine by the address that the cluster has for it. */
export async function startReceiver(host: string): Promise<Receiver> {
  const calls: Call[] = [];
  const server = createServer((request, response) => {
    const [, said, run = '', pod = '', life = '', code = '0'] = (request.url ?? '').split('/');
    if (said === 'main' || said === 'end' || said === 'exit')
      calls.push({ said, run, pod, life, code: Number(code), at: performance.now() });
    response.end();
  });
  await once(server.listen(0, host), 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('starting the receiver: no port');
  return {
    port: address.port,
    calls: () => calls,
    async close() {
      server.closeAllConnections();
      server.close();
      await delay(0);
    },
  };
}

/**
 * Shell that makes a container tell `said` until it is heard; `$life` must hold the id of this life. The variable of
 * the run's UID is what the product promises to set.
 */
export function tell(url: string, said: Said, code = '0'): string {
  const path = `${url}/${said}/$ENDWELL_RUN_ID/$HOSTNAME/$life/${code}`;
  return `until timeout 5 wget -q -O /dev/null "${path}"; do sleep 0.3; done`;
}

/** Shell that gives this life of a container an id. */
export const BEGIN_LIFE = 'life=$(cat /proc/sys/kernel/random/uuid)';
