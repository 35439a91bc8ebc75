import type { WriteStream } from 'node:tty';
import type { AttemptLine } from './progress-text';
import { cell, fit } from './screen-text';

export interface LiveView {
  show(line: AttemptLine): void;
  /** Draws again, when what stands below the attempts has changed. */
  redraw(): void;
  /** Leaves what is there and writes no more. */
  close(): void;
}

const HIDE_CURSOR = '\x1b[?25l';
const SHOW_CURSOR = '\x1b[?25h';
const CLEAR_TO_LINE_END = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';
const CLEAR_SCREEN = '\x1b[2J\x1b[3J\x1b[H';
const up = (lines: number): string => (lines === 0 ? '' : `\x1b[${lines}A`);

const NAME_WIDTH = 18;
const PHASE_WIDTH = 14;
const WAITS_WIDTH = 19;

/**
 * A line for each attempt, drawn over and over in the same place. A frame goes out in one write and only when it differs
 * from the last, and no line is as long as the terminal is wide: nothing flickers or wraps.
 */
export class InPlaceView implements LiveView {
  private readonly lines = new Map<string, AttemptLine>();
  private drawn: string[] = [];
  private readonly ticking: NodeJS.Timeout;
  private readonly onResize = (): void => {
    // The terminal has folded the old lines anew, so that nobody knows where they stand.
    this.drawn = [];
    this.screen.write(CLEAR_SCREEN);
    this.redraw();
  };

  constructor(
    private readonly screen: WriteStream,
    private readonly head: readonly string[],
    /** what stands below the attempts */
    private readonly below: () => readonly string[],
  ) {
    screen.write(HIDE_CURSOR);
    screen.on('resize', this.onResize);
    // The time that is left to answer moves by itself.
    this.ticking = setInterval(() => this.redraw(), 500);
  }

  show(line: AttemptLine): void {
    this.lines.set(line.key, line);
    this.redraw();
  }

  redraw(): void {
    const frame = this.frame();
    if (frame.join('\n') === this.drawn.join('\n')) return;
    const text = frame.map((line) => `${line}${CLEAR_TO_LINE_END}\n`).join('');
    this.screen.write(`${up(this.drawn.length)}\r${text}${CLEAR_BELOW}`);
    this.drawn = frame;
  }

  close(): void {
    clearInterval(this.ticking);
    this.screen.off('resize', this.onResize);
    this.redraw();
    this.screen.write(SHOW_CURSOR);
  }

  private frame(): string[] {
    const width = Math.max(20, this.screen.columns - 1);
    const titles = { key: ' ', name: 'attempt', phase: 'phase', waits: 'waits on', lastEvent: 'last event' };
    const attempts = [...this.lines.values()].sort((one, other) => one.key.localeCompare(other.key));
    const lines = [...this.head, '', ...[titles, ...attempts].map(row), ...this.below()];
    // What scrolled away cannot be drawn over; the question at the bottom must be seen.
    return lines.slice(-Math.max(3, this.screen.rows - 1)).map((line) => fit(line, width));
  }
}

type Cells = Pick<AttemptLine, 'key' | 'name' | 'phase' | 'waits' | 'lastEvent'>;

function row({ key, name, phase, waits, lastEvent }: Cells): string {
  const cells = [key, cell(name, NAME_WIDTH), cell(phase, PHASE_WIDTH), cell(waits, WAITS_WIDTH), lastEvent];
  return cells.join('  ');
}

/** Where there is no terminal: a line for each change, with the seconds since the beginning. */
export class GrowingView implements LiveView {
  private readonly milestones = new Map<string, string>();
  private readonly begunMs = performance.now();

  constructor(
    private readonly write: (line: string) => void,
    head: readonly string[],
  ) {
    for (const line of head) write(line);
    write('');
  }

  show({ key, name, phase, waits, lastEvent, milestone }: AttemptLine): void {
    if (this.milestones.get(key) === milestone) return;
    this.milestones.set(key, milestone);
    const seconds = ((performance.now() - this.begunMs) / 1000).toFixed(1).padStart(6);
    const waiting = waits === '' ? '' : `, waits on ${waits}`;
    this.write(`${seconds} s  ${key} ${name}: ${phase}${waiting}; ${lastEvent}`);
  }

  redraw(): void {
    // Lines that are written stay as they are.
  }

  close(): void {
    // Nothing is held.
  }
}
