import { CliError, type ExitCode } from '../cliError.ts';

/** `endwell login`: not built yet, and says what to do instead. */
export async function login(): Promise<ExitCode> {
  throw new CliError(
    'endwell login (OIDC) is not built yet: make a token by kubectl create token SERVICEACCOUNT and pass it as --token or ENDWELL_TOKEN; the running endwell up needs none',
  );
}
