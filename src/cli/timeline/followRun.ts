import { createColors } from 'picocolors';
import type { RunRef } from '../../core/naming/runKey.ts';
import { runTitle } from '../../core/omjob/title.ts';
import type { Phase, Run } from '../../core/run/run.ts';
import { CliError, EXIT, type ExitCode } from '../cliError.ts';
import type { Connection } from '../connect/connect.ts';
import type { CliContext } from '../context.ts';
import { runArgument } from '../runRef.ts';
import { runStates } from './runStates.ts';
import { openTimeline } from './showTimeline.ts';
import { watchPlace } from './watchPlace.ts';

/** Shows a run until it has ended; resolves with the exit code that says how. Ctrl-C leaves the run going, and says so. */
export async function followRun(context: CliContext, { api }: Connection, ref: RunRef): Promise<ExitCode> {
  const view = openTimeline(context, createColors(context.hasColors));
  let last: Run | undefined;
  const places = watchPlace(context, api, ref, (place) => {
    if (last !== undefined) view.show(last, place);
  });
  try {
    for await (const run of runStates(context, api, ref, context.interrupted)) {
      last = run;
      view.show(run, places.of(run));
    }
  } catch (error) {
    if (!context.interrupted.aborted) throw error;
    const name = runArgument(ref);
    const where = ref.namespace === 'default' ? '' : ` --namespace ${ref.namespace}`;
    context.err(
      `\n${runTitle(ref)} goes on. Watch it: endwell run watch ${name}${where}   Cancel it: endwell run cancel ${name}${where}\n`,
    );
    return EXIT.interrupted;
  } finally {
    places.stop();
    view.close();
  }
  return exitCodeOf(last, ref);
}

/** Phases in which a run has ended. */
const ENDS: Readonly<Partial<Record<Phase, ExitCode>>> = {
  Succeeded: EXIT.ok,
  Failed: EXIT.failed,
  Cancelled: EXIT.cancelled,
  Refused: EXIT.notAccepted,
};

function exitCodeOf(run: Run | undefined, ref: RunRef): ExitCode {
  const code = ENDS[run?.status?.phase ?? 'Queued'];
  if (code !== undefined) return code;
  throw new CliError(`${runTitle(ref)} was deleted before its end was seen; nobody here knows how it ended`);
}
