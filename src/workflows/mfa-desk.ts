import { ApplicationFailure, CancellationScope, condition } from '@temporalio/workflow';
import type { AskedChallenge } from '../activities/observation';
import type { Challenge } from '../contract/attempt-status';
import { MfaAnswer, type ParsedMfaAnswer } from '../contract/mfa-answer';
import { MfaRefusal } from '../contract/mfa-refusal';
import type { MfaVerdict } from '../contract/mfa-verdict';
import { withoutNulls } from '../contract/without-nulls';
import { inputProblems } from '../contract/input-problems';
import { logAttempt } from './attempt-log';
import { whyRefused, type Refused } from './mfa-acceptance';
import type { StatusBoard } from './status-board';

/** An answer that was taken from the person, until Basiq's verdict on it is known. */
interface TakenAnswer {
  challengeId: string;
  answer: ParsedMfaAnswer;
  sent: boolean;
  /** what it means when the bank goes on asking the same */
  ifAskedAgain: 'refused' | 'unconfirmed';
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
  private fingerprint = '';
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
    // Not cancelled with the attempt: the sender is told how it ended.
    await CancellationScope.nonCancellable(() =>
      condition(() => taken.verdict !== null || this.ended !== null),
    );
    return taken.verdict ?? this.ended ?? outOfOrder();
  }

  /** The signal: cannot be refused, so a bad answer is shown in the status. */
  receive(payload: unknown): void {
    const taken = this.take(payload);
    if (!('reason' in taken)) return;
    this.board.ignoredAnswer(taken, Date.now());
    logAttempt('answer-ignored', { jobId: this.board.status.jobId, reason: taken.reason });
  }

  /** Asks the same again, as a new round, after an answer that did not do. */
  askAgain(jobId: string, asked: AskedChallenge): void {
    const deadlineMs = Date.parse(this.openChallenge().deadlineAt);
    const { taken } = this;
    const challenge = this.ask(jobId, asked, Math.max(deadlineMs, Date.now() + SHORTEST_ASK_MS));
    if (taken !== null) this.judge(taken, { outcome: 'rejected', reason: taken.ifAskedAgain, challenge });
  }

  /** The same challenge waits on: the bank never saw the answer. */
  reopen(refused: Refused): void {
    const { taken } = this;
    const challenge = this.openChallenge();
    this.taken = null;
    this.board.ignoredAnswer(refused, Date.now());
    this.board.asking(challenge);
    if (taken !== null) this.judge(taken, { outcome: 'not-sent', message: refused.message, challenge });
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

  /** It is not known whether Basiq got the answer. */
  answerMayBeLost(): void {
    if (this.taken !== null) this.taken.ifAskedAgain = 'unconfirmed';
  }

  /** Whether what Basiq shows now may be no more than the bank still checking the answer it has. */
  isStillChecking(asked: AskedChallenge | null, mfaStep: string | undefined): boolean {
    if (this.taken?.sent !== true) return false;
    return asked === null ? mfaStep === 'in-progress' : asked.fingerprint === this.fingerprint;
  }

  /** The challenge is gone although the attempt goes on: its job failed, and another is begun. */
  withdraw(): void {
    const taken = this.putAway();
    if (taken !== null) this.judge(taken, { outcome: 'not-needed' });
  }

  /** The job moved on: the bank asks `asked` now, or nothing. Who answered what it asked before is told so. */
  moveOn(jobId: string, asked: AskedChallenge | null): void {
    const taken = this.putAway();
    const nextChallenge =
      asked === null ? null : this.ask(jobId, asked, Date.now() + (asked.expiresInMs ?? USUAL_ASK_MS));
    if (taken !== null)
      this.judge(taken, taken.sent ? { outcome: 'accepted', nextChallenge } : { outcome: 'not-needed' });
  }

  /** The attempt is over; whoever still waits for a verdict is told so. */
  close(ended: Extract<MfaVerdict, { outcome: 'ended' }>): void {
    const taken = this.putAway();
    if (taken !== null) this.judge(taken, ended);
    this.ended = ended;
  }

  private judge(taken: TakenAnswer, verdict: MfaVerdict): void {
    taken.verdict = verdict;
    const { challengeId } = taken;
    const { jobId } = this.board.status;
    logAttempt('answer-judged', { jobId, challengeId, verdict: verdict.outcome });
  }

  /** Nothing is asked any more; gives the answer that still wants a verdict. */
  private putAway(): TakenAnswer | null {
    const { taken } = this;
    this.taken = null;
    this.challenge = null;
    return taken;
  }

  private ask(jobId: string, asked: AskedChallenge, deadlineMs: number): Challenge {
    this.round += 1;
    this.taken = null;
    this.fingerprint = asked.fingerprint;
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
    const { challengeId, round, kind, method, prompts, deadlineAt } = this.challenge;
    logAttempt('challenge-asked', {
      jobId,
      challengeId,
      round,
      kind,
      method,
      prompts: prompts.length,
      deadlineAt,
    });
    return this.challenge;
  }

  private parse(payload: unknown): ParsedMfaAnswer | Refused {
    const parsed = MfaAnswer.safeParse(withoutNulls(payload));
    if (!parsed.success)
      return { reason: MfaRefusal.malformed, message: inputProblems(parsed.error, 'answer') };
    const asked = { challenge: this.challenge, answered: this.isAnswered };
    return whyRefused(parsed.data, asked, Date.now()) ?? parsed.data;
  }

  private take(payload: unknown): TakenAnswer | Refused {
    const parsed = this.parse(payload);
    if ('reason' in parsed) return parsed;
    const { challengeId } = this.openChallenge();
    this.taken = { challengeId, answer: parsed, sent: false, ifAskedAgain: 'refused', verdict: null };
    this.board.answerTaken();
    return this.taken;
  }
}

function refusal({ reason, message }: Refused): ApplicationFailure {
  return ApplicationFailure.create({ type: reason, message, nonRetryable: true });
}

function outOfOrder(): never {
  // A plain Error: Temporal retries the workflow task until a deploy mends the defect, and the attempt is not lost.
  throw new Error('An answer was handled out of order');
}
