import type { ApiClient } from '../../../contract/client.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { withApi } from '../run/runOptions.ts';
import { formatted, queryOf, type ScheduleOptions, scheduleName } from './scheduleOptions.ts';

/** What can be done to a schedule. */
export type ScheduleVerb = 'trigger' | 'suspend' | 'resume';

/** What a command prints: the answer, the name of what it is about, and a sentence. */
interface Done {
  readonly body: object;
  readonly name: string;
  readonly sentence: string;
}

/** `endwell schedule trigger|suspend|resume`. */
export async function change(
  context: CliContext,
  verb: ScheduleVerb,
  name: string,
  options: ScheduleOptions,
): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const done =
      verb === 'trigger' ? await trigger(api, name, options) : await setSuspend(api, verb, name, options);
    const { output } = options;
    if (output === 'json' || output === 'yaml') context.out(await formatted(done.body, output));
    else context.out(`${output === 'name' ? done.name : done.sentence}\n`);
    return EXIT.ok;
  });
}

async function trigger(api: ApiClient, name: string, options: ScheduleOptions): Promise<Done> {
  const { body } = await api.call('triggerSchedule', { params: { name }, query: queryOf(options) });
  const made =
    body.kind === 'Run' ? `run.endwell.dev/${body.name}` : `omjob.pipelines.openmetadata.org/${body.name}`;
  return { body, name: made, sentence: `${made} was made from ${name}` };
}

async function setSuspend(
  api: ApiClient,
  verb: 'suspend' | 'resume',
  name: string,
  options: ScheduleOptions,
): Promise<Done> {
  const route = verb === 'suspend' ? 'suspendSchedule' : 'resumeSchedule';
  const { body } = await api.call(route, { params: { name }, query: queryOf(options) });
  const sentence = body.suspended
    ? `schedule ${name} is suspended: nothing is made until it is resumed, and what runs goes on`
    : `schedule ${name} counts its slots from now on`;
  return { body, name: scheduleName(body), sentence };
}
