import type { LoadedSettings } from '../core/settings/loadSettings.ts';
import type { OperatorSettings } from '../core/settings/operator.ts';
import type { ServerSettings } from '../core/settings/server.ts';
import type { SendRequest } from '../ports/sendRequest.ts';

/** A process of ours that was started inside this one. */
export interface RunningProcess {
  /** Resolves once it has stopped cleanly. */
  readonly stop: () => Promise<void>;
}

/** What `up` is told. */
export interface UpOptions {
  /** Data folder, absolute. */
  readonly dataDir: string;
  /** Port of the HTTP API on loopback; 0: any. */
  readonly port: number;
  readonly version: string;
}

/** What `up` has started. */
export interface RunningUp extends RunningProcess {
  /** Of the HTTP API. */
  readonly url: string;
  readonly healthUrl: string;
  /** Token for the HTTP API, the same as in the kubeconfig. */
  readonly token: string;
  /** Text of the kubeconfig. */
  readonly kubeconfig: string;
  /** Address of the embedded Kubernetes API. */
  readonly kubernetesUrl: string;
}

/** What a part that runs inside a pod is given. */
export interface PodWorld {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly send: SendRequest;
  readonly interrupted: AbortSignal;
  /** Takes a line for people, without line feed. */
  readonly say: (line: string) => void;
}

/** The processes that commands start. `main.ts` gives them, so that this folder knows none of them. */
export interface Services {
  readonly startUp: (options: UpOptions) => Promise<RunningUp>;
  readonly startOperator: (loaded: LoadedSettings<OperatorSettings>) => Promise<RunningProcess>;
  readonly startServer: (loaded: LoadedSettings<ServerSettings>, version: string) => Promise<RunningProcess>;
  /** `stored` also when nothing was left to store; `incomplete`: the environment lacks what a report needs. */
  readonly reportExit: (world: PodWorld) => Promise<'stored' | 'failed' | 'incomplete'>;
}
