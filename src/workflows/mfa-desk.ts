import { ApplicationFailure, condition } from '@temporalio/workflow';
import type { AskedChallenge } from '../activities/observation';
import type { Challenge } from '../contract/attempt-status';
import { MfaAnswer, MfaRefusal, type MfaVerdict, type ParsedMfaAnswer } from '../contract/mfa-answer';
import { whyRefused, type Refused } from './mfa-acceptance';
import type { StatusBoard } from './status-board';

/** An answer that was taken from the person, until Basiq's verdict on it is known. */
interface TakenAnswer {
  answer: ParsedMfaAnswer;
  sent: boolean;
  verdict: MfaVerdict | null;
}

/** A new question keeps at least so long, even when Basiq's time for it is nearly over. */
const SHORTEST_ASK_MS = 60_000;
/** When Basiq names no time. Its newest examples say two minutes. */
const USUAL_ASK_MS = 120_000;

/**
 * Where MFA answers come in. Signal and update meet in `take`, so that of all the answers to one challenge one is sent,
 * by whichever way they came and however close together.
 */
export class MfaDesk {
  private challenge: Challenge | null = null;
  private taken: TakenAnswer | null = null;
  private round = 0;
  private ended: MfaVerdict | null = null;

  constructor(private readonly board: StatusBoard) {}

  /** The update's validator: throwing here refuses it before it is in history. */
  validate(payload: unknown): void {
    const parsed = this.parse(payload);
    if ('reason' in parsed) throw refusal(parsed);
  }

  /** The update: returns when Basiq's verdict is known. */
  async submit(payload: unknown): Promise<MfaVerdict> {
    const taken = this.take(payload);
    if ('reason' in taken) throw refusal(taken);
    await condition(() => taken.verdict !== null || this.ended !== null);
    return taken.verdict ?? this.ended ?? outOfOrder();
  }

  /** The signal: cannot be refused, so a bad answer is shown in the status. */
  receive(payload: unknown): void {
    const taken = this.take(payload);
    if ('reason' in taken) this.board.ignoredAnswer(taken, Date.now());
  }

  /** Asks the same again, as a new round, after an answer that did not do. */
  askAgain(jobId: string, asked: AskedChallenge, reason: 'refused' | 'unconfirmed'): void {
    const deadlineMs = Date.parse(this.openChallenge().deadlineAt);
    const { taken } = this;
    const challenge = this.ask(jobId, asked, Math.max(deadlineMs, Date.now() + SHORTEST_ASK_MS));
    if (taken !== null) taken.verdict = { outcome: 'rejected', reason, challenge };
  }

  /** The same challenge waits on: the bank never saw the answer. */
  reopen(refused: Refused): void {
    const { taken } = this;
    const challenge = this.openChallenge();
    this.taken = null;
    this.board.ignoredAnswer(refused, Date.now());
    this.board.asking(challenge);
    if (taken !== null) taken.verdict = { outcome: 'not-sent', message: refused.message, challenge };
  }

  /** What the person is asked now; only while something is. */
  openChallenge(): Challenge {
    return this.challenge ?? outOfOrder();
  }

  get answerIsWaiting(): boolean {
    return this.taken !== null && !this.taken.sent;
  }

  get isAnswered(): boolean {
    return this.taken !== null;
  }

  /** The answer to send now; from here on no other answer to this challenge is taken. */
  handOver(): ParsedMfaAnswer {
    if (this.taken === null || this.challenge === null) return outOfOrder();
    this.taken.sent = true;
    this.board.confirming(this.challenge);
    return this.taken.answer;
  }

  /** The job moved on: the bank asks `asked` now, or nothing. Who answered what it asked before is told so. */
  moveOn(jobId: string, asked: AskedChallenge | null): void {
    const { taken } = this;
    this.taken = null;
    this.challenge = null;
    const nextChallenge =
      asked === null ? null : this.ask(jobId, asked, Date.now() + (asked.expiresInMs ?? USUAL_ASK_MS));
    if (taken !== null)
      taken.verdict = taken.sent ? { outcome: 'accepted', nextChallenge } : { outcome: 'not-needed' };
  }

  /** The attempt is over; whoever still waits for a verdict is told so. */
  close(ended: Extract<MfaVerdict, { outcome: 'ended' }>): void {
    this.challenge = null;
    this.ended = ended;
  }

  private ask(jobId: string, asked: AskedChallenge, deadlineMs: number): Challenge {
    this.round += 1;
    this.taken = null;
    this.challenge = {
      challengeId: `${jobId}:${this.round}:${asked.fingerprint}`,
      round: this.round,
      kind: asked.kind,
      method: asked.method,
      description: asked.description,
      prompts: asked.prompts,
      deadlineAt: new Date(deadlineMs).toISOString(),
      plainAnswersAllowed: asked.plainAnswersAllowed,
    };
    this.board.asking(this.challenge);
    return this.challenge;
  }

  private parse(payload: unknown): ParsedMfaAnswer | Refused {
    const parsed = MfaAnswer.safeParse(payload);
    if (!parsed.success)
      return { reason: MfaRefusal.malformed, message: malformed(parsed.error.issues[0]?.message) };
    const asked = { challenge: this.challenge, answered: this.isAnswered };
    return whyRefused(parsed.data, asked, Date.now()) ?? parsed.data;
  }

  private take(payload: unknown): TakenAnswer | Refused {
    const parsed = this.parse(payload);
    if ('reason' in parsed) return parsed;
    this.taken = { answer: parsed, sent: false, verdict: null };
    return this.taken;
  }
}

function malformed(message: string | undefined): string {
  return `answer: ${message ?? 'has not the right form'}`;
}

function refusal({ reason, message }: Refused): ApplicationFailure {
  return ApplicationFailure.create({ type: reason, message, nonRetryable: true });
}

function outOfOrder(): never {
  throw ApplicationFailure.nonRetryable('An answer was handled out of order', 'mfa-desk-defect');
}
