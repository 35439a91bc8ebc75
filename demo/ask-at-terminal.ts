import { emitKeypressEvents, type Key } from 'node:readline';
import type { ReadStream } from 'node:tty';
import type { Challenge } from '../src/client';
import { clockTime, printable, shortDuration } from './screen-text';

interface OpenQuestion {
  title: string;
  challenge: Challenge;
  /** the right answers, for the person who plays along */
  hint: string;
  given: string[];
  typed: string;
  settle: (answers: string[] | null) => void;
}

/**
 * Asks the person at the terminal while the rest of the screen goes on. It reads single keys, so that what is typed can
 * be drawn below the table and not through it.
 */
export class TerminalQuestions {
  private open: OpenQuestion | null = null;
  private readonly onKey = (text: string | undefined, key: Key): void => this.press(text, key);

  constructor(
    private readonly keyboard: ReadStream,
    private readonly on: { change: () => void; interrupt: () => void },
  ) {
    emitKeypressEvents(keyboard);
    keyboard.setRawMode(true);
    keyboard.on('keypress', this.onKey);
    keyboard.resume();
  }

  /** The person's answers, one for each prompt; null when `closed` came first. One question at a time. */
  ask(
    asked: Pick<OpenQuestion, 'title' | 'challenge' | 'hint'>,
    closed: AbortSignal,
  ): Promise<string[] | null> {
    return new Promise((resolve) => {
      const settle = (answers: string[] | null): void => {
        closed.removeEventListener('abort', withdraw);
        this.open = null;
        this.on.change();
        resolve(answers);
      };
      const withdraw = (): void => settle(null);
      if (closed.aborted) {
        resolve(null);
        return;
      }
      closed.addEventListener('abort', withdraw);
      this.open = { ...asked, given: [], typed: '', settle };
      this.on.change();
    });
  }

  /** What stands below the table now; nothing when nobody is asked. */
  lines(): string[] {
    if (this.open === null) return [];
    const { title, challenge, hint, given, typed } = this.open;
    const { prompts, description, deadlineAt, round } = challenge;
    return [
      '',
      `${title}: the bank ${round === 1 ? 'asks' : 'refused that and asks again'}: ${description}`,
      `Answer by ${clockTime(deadlineAt)} (${shortDuration(Date.parse(deadlineAt) - Date.now())} left). ${hint}`,
      ...prompts.slice(0, given.length + 1).map((prompt, index) => {
        const answer = given[index];
        return `> ${prompt}: ${answer ?? `${typed}_`}`;
      }),
    ];
  }

  /** Gives the keyboard back: from here on Ctrl-C is a signal again. */
  close(): void {
    this.keyboard.off('keypress', this.onKey);
    this.keyboard.setRawMode(false);
    this.keyboard.pause();
    this.open?.settle(null);
  }

  private press(text: string | undefined, key: Key): void {
    if (key.ctrl === true && (key.name === 'c' || key.name === 'd')) {
      this.on.interrupt();
      return;
    }
    const { open } = this;
    if (open === null) return;
    if (key.name === 'return' || key.name === 'enter') this.enter(open);
    else if (key.name === 'backspace') open.typed = open.typed.slice(0, -1);
    else if (key.ctrl === true && key.name === 'u') open.typed = '';
    else if (key.ctrl !== true && key.meta !== true && text !== undefined && printable(text) === text) {
      open.typed += text;
    }
    this.on.change();
  }

  private enter(open: OpenQuestion): void {
    // An empty answer would only be one more wrong answer at the bank.
    if (open.typed === '') return;
    open.given.push(open.typed);
    open.typed = '';
    if (open.given.length >= Math.max(1, open.challenge.prompts.length)) open.settle(open.given);
  }
}
