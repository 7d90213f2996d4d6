import Fastify, { type FastifyInstance } from 'fastify';

/** What `/readyz` says: ready, with what is wrong all the same, or what stands in the way; one line each. */
export type Readiness =
  | { readonly ready: true; readonly warnings: readonly string[] }
  | { readonly ready: false; readonly why: string };

/** What the health port answers from. */
export interface HealthSource {
  readonly readiness: () => Readiness;
  /** Prometheus text. */
  readonly metrics: () => Promise<string>;
}

/** `/livez`, `/readyz` and `/metrics`: a port of its own, so that probes and scrapes need no token and it no exposure. */
export function createHealthApp(source: HealthSource): FastifyInstance {
  const app = Fastify({ logger: false, forceCloseConnections: true });
  app.get('/livez', () => 'ok\n');
  app.get('/readyz', async (_request, reply) => {
    const readiness = source.readiness();
    if (readiness.ready)
      return ['ok', ...readiness.warnings.map((line) => `warning: ${line}`), ''].join('\n');
    return reply.code(503).send(`${readiness.why}\n`);
  });
  app.get('/metrics', async (_request, reply) =>
    reply.header('content-type', 'text/plain; version=0.0.4; charset=utf-8').send(await source.metrics()),
  );
  return app;
}
