import { UnreachableError } from '../../../kube/errors.ts';
import type { KubeClient, KubeObject, Resource, WatchEvent, WatchOptions } from '../../../kube/types.ts';
import { onAbort } from '../../../ports/onAbort.ts';

/** A client whose watches can be cut. */
export interface CutClient {
  readonly client: Pick<KubeClient, 'listAll' | 'watch'>;
  /** Breaks the connection of every watch that is open; who watches finds out as of any broken connection. */
  cut(): void;
  /** How many connections were broken. */
  count(): number;
}

/** The client with watches that `cut` breaks in the middle, each with its connection. */
export function cutClient(client: Pick<KubeClient, 'listAll' | 'watch'>): CutClient {
  const open = new Set<AbortController>();
  let count = 0;
  return {
    client: {
      listAll: (resource, options) => client.listAll(resource, options),
      async *watch<T extends KubeObject>(
        resource: Resource<T>,
        options: WatchOptions = {},
      ): AsyncGenerator<WatchEvent<T>> {
        const connection = new AbortController();
        const forget = onAbort(options.signal, () => connection.abort(options.signal?.reason));
        open.add(connection);
        try {
          yield* client.watch(resource, { ...options, signal: connection.signal });
        } catch (cause) {
          if (!connection.signal.aborted || options.signal?.aborted === true) throw cause;
          throw new UnreachableError({
            message: `watching ${resource.plural}: the drill has cut the connection`,
            phase: 'stream',
            cause,
          });
        } finally {
          open.delete(connection);
          forget();
        }
      },
    },
    cut() {
      for (const connection of open) {
        count += 1;
        open.delete(connection);
        connection.abort(new Error('cut by the drill'));
      }
    },
    count: () => count,
  };
}
