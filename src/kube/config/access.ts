/** A PEM: as it is, or in a file that may be replaced while we run. */
export type Pem =
  | { readonly kind: 'data'; readonly pem: string }
  | { readonly kind: 'file'; readonly path: string };

/** How a client says who it is, beside a client certificate. */
export type Login =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  /** Read again and again: tokens of service accounts rotate. */
  | { readonly kind: 'tokenFile'; readonly path: string }
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  | { readonly kind: 'exec'; readonly plugin: ExecPlugin };

/** A program that prints a credential (`client.authentication.k8s.io`). */
export interface ExecPlugin {
  readonly apiVersion: 'client.authentication.k8s.io/v1' | 'client.authentication.k8s.io/v1beta1';
  /** A name to be found in PATH, or an absolute path. */
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** What the kubeconfig says to who has not installed it. */
  readonly installHint: string | undefined;
  /** The cluster is described to the plugin. */
  readonly provideClusterInfo: boolean;
  /** Extension `client.authentication.k8s.io/exec` of the cluster, for the plugin. */
  readonly clusterConfig: unknown;
}

/** As whom to act, by the right to impersonate. */
export interface Impersonation {
  readonly user: string;
  readonly uid: string | undefined;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Everything that is needed to talk to one cluster as one user. Plain data: files are named, not read. */
export interface ClusterAccess {
  /** Where it was read, for messages: "context dev of /home/me/.kube/config". */
  readonly origin: string;
  /** URL, may have a path; no trailing slash. */
  readonly server: string;
  /** The context's namespace, or `default`. */
  readonly namespace: string;
  readonly ca: Pem | undefined;
  /** Name in the server's certificate, where it isn't the host of the URL. */
  readonly tlsServerName: string | undefined;
  readonly insecureSkipTlsVerify: boolean;
  readonly clientCertificate: { readonly certificate: Pem; readonly key: Pem } | undefined;
  /** http, https or socks5 URL. */
  readonly proxyUrl: string | undefined;
  readonly login: Login;
  readonly impersonation: Impersonation | undefined;
}
