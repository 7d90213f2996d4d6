import { historyRoutes } from './routes/history.ts';
import { pipelineRoutes } from './routes/pipelines.ts';
import { queueRoutes } from './routes/queues.ts';
import { runRoutes } from './routes/runs.ts';
import { scheduleRoutes } from './routes/schedules.ts';
import { streamRoutes } from './routes/streams.ts';
import { subjectRoutes } from './routes/subjects.ts';

/** Every route of the HTTP API, by the name that client and server know it by. */
export const routes = {
  ...runRoutes,
  ...queueRoutes,
  ...scheduleRoutes,
  ...subjectRoutes,
  ...pipelineRoutes,
  ...historyRoutes,
  ...streamRoutes,
} as const;

/** The table of routes. */
export type Routes = typeof routes;

/** Name of a route. */
export type RouteName = keyof Routes;
