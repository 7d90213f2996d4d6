import { createColors } from 'picocolors';
import { EXIT, type ExitCode } from '../../cliError.ts';
import type { CliContext } from '../../context.ts';
import { readRunRef, requestOf } from '../../runRef.ts';
import { namespaceOf, type RunOptions, withApi } from './runOptions.ts';

/** `endwell run explain`. */
export async function explain(context: CliContext, name: string, options: RunOptions): Promise<ExitCode> {
  return withApi(context, options, async ({ api }) => {
    const { body } = await api.call('explainRun', requestOf(readRunRef(name, namespaceOf(options))));
    if (options.output === 'json') {
      context.out(`${JSON.stringify(body, null, 2)}\n`);
      return EXIT.ok;
    }
    if (options.output === 'yaml') {
      context.out((await import('../../output/yaml.ts')).toYaml(body));
      return EXIT.ok;
    }
    const headline = body.reason === body.phase ? body.phase : `${body.phase}, ${body.reason}`;
    const { bold, dim } = createColors(context.hasColors);
    context.out(`${bold(`${body.run}: ${headline}`)}\n${body.sentence}\n`);
    if (body.meaning !== '' && body.meaning !== body.sentence) context.out(`${dim(body.meaning)}\n`);
    const sections = [
      ['Evidence', body.evidence],
      ['Limits', body.limits ?? []],
      ['Not known', body.unknown ?? []],
      ['Next', [body.next]],
    ] as const;
    for (const [title, lines] of sections)
      if (lines.length > 0) context.out(`\n${dim(title)}\n${lines.map((line) => `  ${line}\n`).join('')}`);
    return EXIT.ok;
  });
}
