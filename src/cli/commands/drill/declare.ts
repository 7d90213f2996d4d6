import type { Command } from 'commander';
import type { CliContext } from '../../context.ts';
import { type Act, oneOf } from '../../program.ts';

/** `endwell drill`. */
export function declareDrill(program: Command, context: CliContext, act: Act): void {
  program
    .command('drill')
    .description(
      'Try what Endwell promises on this cluster: small runs, faults, and figures counted from outside',
    )
    .option('-n, --namespace <name>', 'Namespace to make and to remove afterwards (default "endwell-drill")')
    .option('--image <image>', 'Image of the runs; it needs /bin/sh (default "busybox:1.37")')
    .option('--runs <number>', 'How many runs, from 14 to 200 (default 24)')
    .option('--seconds <number>', 'How long it may take, from 30 to 3600 (default 300)')
    .option('--no-operator-restart', 'Leave the leading operator alone; else its pod is deleted once')
    .option('--yes', 'Remove what an earlier drill left in that namespace first')
    .addOption(oneOf('-o, --output <format>', 'How to print the figures: json, yaml', ['json', 'yaml']))
    .addHelpText('after', HELP)
    .action((_flags, command: Command) =>
      act(async () => (await import('./drill.ts')).drill(context, command.optsWithGlobals())),
    );
}

const HELP = `
What it does, all of it in a namespace of its own, which has to be new:
  It makes small runs that succeed, fail, and have handlers that fail. It deletes pods of them while they are pending,
  running and in their handler, with grace and by force; it cancels and deletes runs; it deletes the pod of the leading
  operator, where that runs in the cluster, has a controller that replaces it, and you may; it cuts a watch of its own.
  It counts from outside, by a watch of runs and pods, and prints how many runs were lost, doubled, not handled, not
  explained or left behind, and how long handlers took to start.

It first checks that you have the rights it needs, and names those that are missing. It removes its namespace at the
end, after an error, and at Ctrl-C, and says what it could not remove.

Exit code: 0 all kept and nothing left, 1 something was broken or cut short, 2 usage, 3 not begun (rights, namespace in
use, no CRDs), 5 cluster unreachable, 130 interrupted.
`;
