import { setTimeout as delay } from 'node:timers/promises';
import type { ReadStream, WriteStream } from 'node:tty';
import { TerminalQuestions } from './ask-at-terminal';
import type { DemoAttempt } from './attempts';
import type { Conductor } from './conduct-attempt';
import { GrowingView, InPlaceView, type LiveView } from './live-view';

export interface Terminal {
  keyboard: ReadStream;
  screen: WriteStream;
}

/** The screen, and whoever answers the bank's question to the person. */
export interface Stage {
  view: LiveView;
  askPerson: Conductor['askPerson'];
  /** Leaves the screen as it is and gives the keyboard back. */
  close: () => void;
}

const DOCUMENTED_ANSWER_AFTER_MS = 1_500;

/** `askForAnswers` false: the sandbox's documented answers are given, as they are without a terminal. */
export function openStage(
  head: readonly string[],
  options: { terminal: Terminal | null; askForAnswers: boolean; interrupt: () => void },
): Stage {
  const { terminal, askForAnswers, interrupt } = options;
  if (terminal === null) {
    const view = new GrowingView((line) => console.log(line), head);
    return { view, askPerson: giveDocumentedAnswer, close: () => view.close() };
  }
  const questions = new TerminalQuestions(terminal.keyboard, { change: () => view.redraw(), interrupt });
  const view = new InPlaceView(terminal.screen, head, () => questions.lines());
  const askPerson: Conductor['askPerson'] = (attempt, challenge, closed) =>
    questions.ask({ title: attempt.name, challenge, hint: hintOf(attempt) }, closed);
  return {
    view,
    askPerson: askForAnswers ? askPerson : giveDocumentedAnswer,
    close: () => {
      questions.close();
      view.close();
    },
  };
}

async function giveDocumentedAnswer(attempt: DemoAttempt): Promise<string[] | null> {
  // A moment, so that the question can be seen.
  await delay(DOCUMENTED_ANSWER_AFTER_MS);
  return documentedAnswer(attempt);
}

function documentedAnswer({ answers }: DemoAttempt): string[] | null {
  return answers.by === 'person' ? [...answers.documented] : null;
}

function hintOf(attempt: DemoAttempt): string {
  return `Right is: ${(documentedAnswer(attempt) ?? []).join(', ')}`;
}
