import type { Container } from 'kubernetes-types/core/v1.d.ts';
import type { Limits, PodTemplateOverlay, RunSpec } from '../run/run.ts';

/** Fields of the main container that a layer sets, whatever that container is called. */
export type ContainerOverlay = Partial<Omit<Container, 'name'>>;

/** One layer of configuration. A later layer wins, field by field. */
export interface Layer {
  /** Who set it, for people: `built-in`, `profile sync`, `run`. */
  readonly origin: string;
  readonly main?: PodTemplateOverlay;
  readonly mainContainer?: ContainerOverlay;
  readonly exitHandler?: PodTemplateOverlay;
  readonly exitContainer?: ContainerOverlay;
  readonly limits?: Limits;
  readonly retry?: NonNullable<RunSpec['retry']>;
  readonly exitRetry?: NonNullable<RunSpec['exitRetry']>;
  readonly keepPodSeconds?: NonNullable<RunSpec['keepPodSeconds']>;
  readonly ttlSeconds?: NonNullable<RunSpec['ttlSeconds']>;
  readonly logs?: NonNullable<RunSpec['logs']>;
  /** Queue of a run that names none. */
  readonly queue?: string;
  /** How long after a failure a new run of its key is refused, where it does not say itself. */
  readonly afterFailureSeconds?: number;
}
