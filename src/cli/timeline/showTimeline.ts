import type { Colors } from 'picocolors/types.js';
import type { QueuePlace } from '../../contract/routes/queues.ts';
import type { Run } from '../../core/run/run.ts';
import type { Timer } from '../../ports/clock.ts';
import type { CliContext } from '../context.ts';
import { type TimelineRow, timelineRows } from './timelineRows.ts';

/** Shows the states of one run as they come. */
export interface TimelineView {
  readonly show: (run: Run, place?: QueuePlace) => void;
  /** Nothing is drawn after it. */
  readonly close: () => void;
}

/** Longest line: a longer one is hard to read on a wide terminal. */
const LINE = 120;

/** A tick of the live view: people see a second count. */
const TICK_MS = 1000;

/** A block that is drawn again on a terminal, plain lines (each once) elsewhere. */
export function openTimeline(context: CliContext, colors: Colors): TimelineView {
  return context.isTerminal ? liveView(context, colors) : plainView(context);
}

function plainView(context: CliContext): TimelineView {
  const told = new Set<string>();
  return {
    show(run, place) {
      const fresh = timelineRows(run, place).filter(({ key }) => !told.has(key));
      const happened = fresh.filter(({ mark }) => mark !== 'waiting');
      // What it waits for is worth a line only when nothing else has changed.
      for (const { key, text, at } of happened.length > 0 ? happened : fresh) {
        told.add(key);
        const time = at === undefined ? context.clock.now() : Date.parse(at);
        context.out(`${wholeSeconds(time)} ${run.metadata.name ?? ''} ${text}\n`);
      }
    },
    close: () => {},
  };
}

function liveView(context: CliContext, colors: Colors): TimelineView {
  let latest: { readonly run: Run; readonly place: QueuePlace | undefined } | undefined;
  let height = 0;
  let timer: Timer | undefined;
  const draw = () => {
    if (latest === undefined) return;
    const rows = timelineRows(latest.run, latest.place);
    const start = startOf(latest.run);
    const width = Math.min(LINE, context.columns());
    const lines = rows.map((row) => formatRow(row, start, context.clock.now(), width, colors));
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
    show(run, place) {
      latest = { run, place };
      timer?.cancel();
      tick();
    },
    close() {
      timer?.cancel();
    },
  };
}

/** RFC 3339 in whole seconds, which is what containers report: columns stay aligned. */
function wholeSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

/** Where counting begins, ms since the epoch. creationTimestamp is cut to the second; acceptance is more exact. */
function startOf({ metadata, status }: Run): number {
  const created = Date.parse(metadata.creationTimestamp ?? '');
  const accepted = Date.parse(status?.timeline.acceptedAt ?? '');
  return accepted - created < 1000 ? accepted : created;
}

/** What stands before the text of a row: time, sign and the gaps between them. */
const MARGIN = 13;

/** Cut to the width of the terminal: a line that wraps would break the drawing. */
function formatRow(
  { mark, text, at }: TimelineRow,
  start: number,
  now: number,
  width: number,
  colors: Colors,
): string {
  const time = at === undefined ? now : Date.parse(at);
  const seconds = Number.isNaN(start) ? '' : `${Math.max(0, (time - start) / 1000).toFixed(1)} s`;
  const signs = { done: colors.green('✓'), failed: colors.red('✗'), waiting: colors.yellow('●') };
  const body = cut(text.replaceAll(/[\p{Cc}]+/gu, ' '), Math.max(1, width - MARGIN - 1));
  return `${seconds.padStart(9)}  ${signs[mark]} ${mark === 'waiting' ? colors.dim(body) : body}`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
