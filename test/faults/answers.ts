import { setTimeout as delay } from 'node:timers/promises';
import {
  AttemptNotFoundError,
  MFA_ANSWER_SIGNAL,
  MfaAnswerRefusedError,
  seal,
  type AttemptProgress,
  type Challenge,
} from '../../src/client';
import { APPROVAL_ANSWER } from '../../src/contract/mfa-answer';
import type { Conducted } from './conduct';
import { isAnswer } from './patience';
import type { Person } from './scripts';
import type { Stage } from './stage';

/** The answers of one person to one attempt: one for each question, and one more when told that it was not sent. */
export class Answers {
  private readonly given = new Set<string>();
  private readonly counted = new Set<string>();
  private sending: Promise<void> | null = null;

  constructor(
    private readonly conducted: Conducted,
    private readonly person: Extract<Person, { does: 'answer' | 'approve' }>,
    private readonly stage: Stage,
  ) {}

  get isSending(): boolean {
    return this.sending !== null;
  }

  isNew(progress: AttemptProgress): boolean {
    const { phase, challenge } = progress;
    return phase === 'awaiting-mfa' && challenge !== null && !this.given.has(occasionOf(progress, challenge));
  }

  answer(progress: AttemptProgress): Promise<void> {
    this.sending = this.send(progress).finally(() => (this.sending = null));
    return this.sending;
  }

  /** An update in flight when the attempt ends gets its verdict; it is waited for so that a lost one is counted. */
  async finished(over: AbortSignal): Promise<void> {
    if (this.sending !== null) await Promise.race([this.sending, delay(over.aborted ? 5_000 : 15_000)]);
  }

  private async send(progress: AttemptProgress): Promise<void> {
    const { challenge } = progress;
    if (challenge === null) return;
    const occasion = occasionOf(progress, challenge);
    this.given.add(occasion);
    this.counted.add(occasion);
    this.conducted.answersGiven = this.counted.size;
    this.conducted.lastAnswer = `${occasion} is on its way since ${new Date().toISOString()}`;
    try {
      await this.byItsWay(progress, challenge);
      this.conducted.lastAnswer = `${occasion} was taken`;
    } catch (error) {
      this.conducted.lastAnswer = `${occasion}: ${String(error)}`;
      if (error instanceof AttemptNotFoundError || error instanceof MfaAnswerRefusedError) return;
      if (endedWithoutVerdict(error)) {
        this.conducted.verdictsLost += 1;
        return;
      }
      if (isAnswer(error)) throw error;
      // Temporal was away: whether it came is not known. If the question is open still, it is answered again.
      this.given.delete(occasion);
    }
  }

  private async byItsWay(progress: AttemptProgress, challenge: Challenge): Promise<void> {
    const { client } = this.stage;
    const { workflowId } = this.conducted;
    const { challengeId } = challenge;
    if (this.person.does === 'approve') {
      // Where Basiq would not name the institution, a bank that has a prompt is not known for an app's.
      const typed = challenge.prompts.map(() => APPROVAL_ANSWER);
      if (challenge.kind === 'approve') await client.confirm(workflowId, challengeId);
      else await client.submitMfaAnswer(workflowId, { response: typed, challengeId });
      return;
    }
    const { by, wrongFirst } = this.person;
    const right = rightAnswer(challenge.prompts);
    const response = wrongFirst && this.counted.size === 1 ? right.map(() => 'wrong') : right;
    const update = () => client.submitMfaAnswer(workflowId, { response, challengeId });
    const signal = () => this.signal(progress, { response, challengeId });
    switch (by) {
      case 'update':
        await update();
        return;
      case 'signal':
        await signal();
        return;
      case 'twice': {
        const ends = await Promise.allSettled([update(), signal(), update()]);
        const failed = ends.find(
          (end) => end.status === 'rejected' && !(end.reason instanceof MfaAnswerRefusedError),
        );
        if (failed?.status === 'rejected') throw failed.reason;
      }
    }
  }

  private async signal(
    { userId, subject, workflowId }: AttemptProgress,
    { response, challengeId }: { response: readonly string[]; challengeId: string },
  ): Promise<void> {
    const { temporal, publicKeys } = this.stage.world;
    const binding = { purpose: 'mfa', userId, subject } as const;
    const sealed = await Promise.all(response.map((given) => seal(given, binding, publicKeys)));
    await temporal.workflow
      .getHandle(workflowId)
      .signal(MFA_ANSWER_SIGNAL, { response: sealed, challengeId });
  }
}

/** One question, and each time that it was opened again because the answer could not be sent. */
function occasionOf({ lastIgnoredAnswer }: AttemptProgress, { challengeId }: Challenge): string {
  const again = ['answer-not-sent', 'unusable-answer'].includes(lastIgnoredAnswer?.reason ?? '');
  return again ? `${challengeId} ${lastIgnoredAnswer?.at ?? ''}` : challengeId;
}

/** What Temporal says to the sender of an accepted update when the workflow ends without answering it. */
function endedWithoutVerdict(error: unknown): boolean {
  const text = error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error);
  return /AcceptedUpdateCompletedWorkflow|completed before the Update completed/i.test(text);
}

/** As docs/sandbox.md has it; the person reads the question. */
function rightAnswer(prompts: readonly string[]): string[] {
  if (prompts.length > 1) return ['Basiq', 'AU00000'];
  switch (prompts[0]) {
    case 'OTP Password':
      return ['1234'];
    case 'Second code':
      return ['5678'];
    default:
      return ['Hooli'];
  }
}
