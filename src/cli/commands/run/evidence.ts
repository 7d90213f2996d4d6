import { createColors } from 'picocolors';
import type { AnswerBody } from '../../../contract/route.ts';
import type { Routes } from '../../../contract/routes.ts';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { readRunRef, requestOf } from '../../runRef.ts';
import { namespaceOf, type RunOptions, withApi } from './runOptions.ts';

type Evidence = AnswerBody<Routes['runEvidence']>;
type Pod = Evidence['pods'][number];
type Log = Pod['logs'][number];

/** Lines of each log that the text shows; -o json has all that is kept. */
const SHOWN_LINES = 10;

/** `endwell run evidence`. */
export async function evidence(context: CliContext, name: string, options: RunOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const { body } = await api.call('runEvidence', requestOf(readRunRef(name, namespaceOf(options))));
    if (options.output === 'json') context.out(`${JSON.stringify(body, null, 2)}\n`);
    else if (options.output === 'yaml') context.out((await import('../../output/yaml.ts')).toYaml(body));
    else if (options.output === 'name')
      context.out(body.pods.map(({ podName }) => `pod/${podName}\n`).join(''));
    else context.out(textOf(body, context.hasColors));
    return EXIT.ok;
  });
}

function textOf(body: Evidence, hasColors: boolean): string {
  const { bold, dim } = createColors(hasColors);
  const kept = body.stored ? `from the ${body.source}` : 'as its status holds it: no history is configured';
  const states = body.states.map(
    ({ at, phase, reason, revision }) =>
      `  ${at}  ${phase}${reason ? `: ${reason}` : ''} (revision ${revision})`,
  );
  const verdicts = Object.entries(body.verdicts).map(
    ([uid, verdict]) => `  ${String(verdict['reason'])}: ${String(verdict['message'])} (pod UID ${uid})`,
  );
  return [
    `${bold(`${body.run}:`)} ${kept}`,
    ...section(dim('States'), states),
    ...section(dim('Verdicts'), verdicts),
    ...body.pods.flatMap((pod) => section(`${dim('Pod')} ${podLine(pod)}`, pod.logs.flatMap(logLines))),
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : ['', title, ...lines];
}

function podLine({ podName, stage, attempt, capturedAt, final }: Pod): string {
  const when = capturedAt === undefined ? '' : `, captured at ${capturedAt}${final ? '' : ', not final'}`;
  return `${podName} (${stage}, attempt ${attempt}${when})`;
}

function logLines(log: Log): string[] {
  const what = `  log of container ${log.container}${log.previous ? ' before its restart' : ''}`;
  if (log.missing !== undefined) return [`${what}: nothing is kept: ${log.missing}`];
  const lines = log.tail.trimEnd().split('\n');
  const shown = log.tail === '' ? [] : lines.slice(-SHOWN_LINES);
  const more =
    lines.length > shown.length && shown.length > 0
      ? `, the last ${shown.length} of ${lines.length} lines that are here`
      : '';
  const size = log.size === undefined ? '' : `, ${log.size} bytes in all`;
  return [`${what}${log.whole ? ', kept whole' : ''}${size}${more}:`, ...shown.map((line) => `    ${line}`)];
}
