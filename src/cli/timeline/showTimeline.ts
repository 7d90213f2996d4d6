import type { Colors } from 'picocolors/types.js';
import type { Run } from '../../core/run/run.ts';
import type { Timer } from '../../ports/clock.ts';
import type { CliContext } from '../context.ts';
import { type TimelineRow, timelineRows } from './timelineRows.ts';

/** Shows the states of one run as they come. */
export interface TimelineView {
  readonly show: (run: Run) => void;
  /** Nothing is drawn after it. */
  readonly close: () => void;
}

/** A tick of the live view: people see a second count. */
const TICK_MS = 1000;

/** A block that is drawn again on a terminal, plain lines (each once) elsewhere. */
export function openTimeline(context: CliContext, colors: Colors): TimelineView {
  return context.isTerminal ? liveView(context, colors) : plainView(context);
}

function plainView(context: CliContext): TimelineView {
  const told = new Set<string>();
  return {
    show(run) {
      const fresh = timelineRows(run).filter(({ key }) => !told.has(key));
      const happened = fresh.filter(({ mark }) => mark !== 'waiting');
      // What it waits for is worth a line only when nothing else has changed.
      for (const { key, text, at } of happened.length > 0 ? happened : fresh) {
        told.add(key);
        context.out(
          `${at ?? new Date(context.clock.now()).toISOString()} ${run.metadata.name ?? ''} ${text}\n`,
        );
      }
    },
    close: () => {},
  };
}

function liveView(context: CliContext, colors: Colors): TimelineView {
  let latest: Run | undefined;
  let height = 0;
  let timer: Timer | undefined;
  const draw = () => {
    if (latest === undefined) return;
    const rows = timelineRows(latest);
    const start = Date.parse(latest.metadata.creationTimestamp ?? '');
    const lines = rows.map((row) => formatRow(row, start, context.clock.now(), colors));
    context.out(
      `${height > 0 ? `\u001b[${height}A` : ''}\u001b[0J${lines.map((line) => `${line}\n`).join('')}`,
    );
    height = lines.length;
  };
  const tick = () => {
    draw();
    timer = context.clock.after(TICK_MS, tick);
  };
  return {
    show(run) {
      latest = run;
      timer?.cancel();
      tick();
    },
    close() {
      timer?.cancel();
    },
  };
}

/** Cut to a line of 100 characters: a line that wraps would break the drawing. */
function formatRow({ mark, text, at }: TimelineRow, start: number, now: number, colors: Colors): string {
  const time = at === undefined ? now : Date.parse(at);
  const seconds = Number.isNaN(start) ? '' : `${Math.max(0, (time - start) / 1000).toFixed(1)} s`;
  const signs = { done: colors.green('✓'), failed: colors.red('✗'), waiting: colors.yellow('●') };
  const body = text.replaceAll(/[\p{Cc}]+/gu, ' ').slice(0, 85);
  return `${seconds.padStart(9)}  ${signs[mark]} ${mark === 'waiting' ? colors.dim(body) : body}`;
}
