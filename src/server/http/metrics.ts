import { Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Counts what the HTTP API does. Labels are names of routes, methods and statuses: bounded. */
export interface HttpMetrics {
  answered(route: string, method: string, status: number, ms: number): void;
  /** Called as a stream begins; returns what to call at its end. */
  streamOpened(route: string): () => void;
  /** preStop hooks of pipelines that failed. */
  hooksFailed(count: number): void;
  /** Prometheus text of everything. */
  text(): Promise<string>;
}

/** From a cached read to a create that waits for the operator. */
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

/** Makes the metrics of one server, with a registry of their own. */
export function createHttpMetrics(runsKnown: () => number): HttpMetrics {
  const registry = new Registry();
  const registers = [registry];
  const requests = new Counter({
    name: 'endwell_http_requests_total',
    help: 'Requests that were answered, by route and status',
    labelNames: ['route', 'method', 'status'],
    registers,
  });
  const seconds = new Histogram({
    name: 'endwell_http_request_seconds',
    help: 'From a request to the end of its answer',
    labelNames: ['route'],
    buckets: SECONDS,
    registers,
  });
  const streams = new Gauge({
    name: 'endwell_http_streams',
    help: 'Open streams of events and logs',
    labelNames: ['route'],
    registers,
  });
  const hooks = new Counter({
    name: 'endwell_pre_stop_hooks_failed_total',
    help: 'FailedPreStopHook Events about pods of pipelines on the native engine: OpenMetadata may not know how a run ended',
    registers,
  });
  registry.registerMetric(
    new Gauge({
      name: 'endwell_server_runs',
      help: 'Runs in the server’s cache',
      registers: [],
      collect() {
        this.set(runsKnown());
      },
    }),
  );
  return {
    answered(route, method, status, ms) {
      requests.inc({ route, method, status });
      seconds.observe({ route }, ms / 1000);
    },
    streamOpened(route) {
      streams.inc({ route });
      return () => streams.dec({ route });
    },
    hooksFailed: (count) => hooks.inc(count),
    text: () => registry.metrics(),
  };
}
