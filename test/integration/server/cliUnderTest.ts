import { runCli } from '../../../src/cli/runCli.ts';
import { aContext, type Written } from '../../../src/cli/testing/aContext.ts';
import { sendRequest } from '../../../src/ports/sendRequest.ts';
import { type ServerUnderTest, TOKEN } from './serverUnderTest.ts';

/** How a command ended, and what it wrote. */
interface Ended extends Readonly<Written> {
  readonly code: number;
}

/** A command of the command line as a person gives it in a folder, in this process, against the server. */
export async function endwell(
  { server }: ServerUnderTest,
  argv: readonly string[],
  cwd = '/',
): Promise<Ended> {
  const { context, written } = aContext({ cwd, send: sendRequest });
  const code = await runCli(context, ['--server', server.url, '--token', TOKEN, ...argv]);
  return { code, ...written };
}
