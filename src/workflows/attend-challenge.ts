import { ActivityFailure, CancellationScope, condition, patched, TimeoutFailure } from '@temporalio/workflow';
import type { AnswerOutcome } from '../activities/answer-challenge';
import type { AskedChallenge, Observation } from '../activities/observation';
import { subjectOf, type Attempt } from '../contract/attempt-input';
import { MfaRefusal } from '../contract/mfa-refusal';
import { once } from './activity-proxies';
import { attemptFailed } from './attempt-failed';
import { logAttempt } from './attempt-log';
import { answerTimed } from './attempt-metrics';
import type { JobWatch } from './job-watch';
import type { Looked } from './look-beside-watch';
import type { MfaDesk } from './mfa-desk';
import { toTheSecond } from './to-the-second';

const UNANSWERED_PAUSE_MS = 30_000;

export interface OpenChallenge {
  attempt: Attempt;
  jobId: string;
  connectionId: string | null;
  asked: AskedChallenge;
  desk: MfaDesk;
  watch: JobWatch;
  look: () => Promise<Looked>;
}

/**
 * While Basiq shows a challenge: takes the person's answer, sends it once, and returns when the job has moved on. The
 * watch goes on all the while, so that a challenge that passes in any other way is noticed too.
 */
export async function attendChallenge(open: OpenChallenge): Promise<Observation> {
  const { desk, watch, jobId, asked } = open;
  if (desk.isAnswered) {
    // The challenge is shown again after the bank had begun to check the answer.
    const moved = await afterAnswer(open, open.attempt.policy.mfaSettleMs);
    if (moved !== null) return moved;
    desk.askAgain(jobId, asked);
  }
  for (;;) {
    await answerOrTimeOver(open);
    if (watch.hasArrived) return watch.take();

    if (!desk.answerIsWaiting) {
      // The time is over, but the job decides: a bank may be more patient than it said.
      const looked = await open.look();
      if (looked.kind === 'news') return looked.observation;
      if (looked.kind === 'unanswered') {
        await pauseUnanswered(watch);
        continue;
      }
      throw attemptFailed({
        code: 'mfa-expired',
        step: 'mfa-challenge',
        jobId,
        connectionId: open.connectionId,
      });
    }

    const takenMs = Date.now();
    const { challengeId } = desk.openChallenge();
    const sent = await CancellationScope.nonCancellable(() => send(open));
    answerTimed(Date.now() - takenMs, sent.outcome);
    logSent(jobId, challengeId, sent);
    if (sent.outcome === 'unknown') desk.answerMayBeLost();
    switch (sent.outcome) {
      case 'unknown':
      case 'taken':
      case 'refused': {
        const moved = await afterAnswer(
          open,
          sent.outcome === 'refused' ? 0 : open.attempt.policy.mfaSettleMs,
        );
        if (moved !== null) return moved;
        desk.askAgain(jobId, asked);
        break;
      }
      case 'unusable':
        desk.reopen({ reason: MfaRefusal.unusable, message: sent.refusal.detail ?? sent.refusal.title });
        break;
      case 'not-sent':
        desk.reopen({
          reason: MfaRefusal.notSent,
          message: `Basiq could not take the answer now (${sent.reason})`,
        });
        break;
    }
  }
}

function logSent(jobId: string, challengeId: string, sent: AnswerOutcome): void {
  const refusal = 'refusal' in sent ? sent.refusal : null;
  const reason = 'reason' in sent ? sent.reason : (refusal?.code ?? null);
  const correlationId = refusal?.correlationId ?? null;
  // A wrong answer is a person's everyday; one that did not come to Basiq is not.
  const level = sent.outcome === 'taken' || sent.outcome === 'refused' ? 'info' : 'warn';
  logAttempt('answer-sent', { jobId, challengeId, outcome: sent.outcome, reason, correlationId }, level);
}

async function answerOrTimeOver({ attempt, desk, watch }: OpenChallenge): Promise<void> {
  const { deadlineAt } = desk.openChallenge();
  const timeLeftMs = graceEndsMs(desk, attempt) - Date.now();
  await condition(() => watch.hasArrived || desk.answerIsWaiting, Math.max(1, timeLeftMs), {
    summary: toTheSecond(`The person may answer until ${deadlineAt}`),
  });
}

function graceEndsMs(desk: MfaDesk, { policy }: Attempt): number {
  return Date.parse(desk.openChallenge().deadlineAt) + policy.mfaGraceMs;
}

/** What became of the job after an answer; null when it asks the same still. */
async function afterAnswer({ watch, look }: OpenChallenge, settleMs: number): Promise<Observation | null> {
  for (;;) {
    // Basiq may show the same challenge for a while after a good answer.
    if (settleMs > 0)
      await condition(() => watch.hasArrived, settleMs, { summary: 'The bank checks the answer' });
    if (watch.hasArrived) return watch.take();
    const looked = await look();
    if (looked.kind === 'news') return looked.observation;
    if (looked.kind === 'no-news') return null;
    await pauseUnanswered(watch);
  }
}

/**
 * Basiq did not say how the job stands, and may refuse to at once each time (a key that was withdrawn): without a pause
 * such looks would fill the history to its limit, and take the calls from others, before the watch gives Basiq up.
 */
async function pauseUnanswered(watch: JobWatch): Promise<void> {
  if (!patched('pause-after-unanswered-look')) return;
  await condition(() => watch.hasArrived, UNANSWERED_PAUSE_MS, { summary: 'Basiq did not answer the look' });
}

async function send({ attempt, jobId, asked, desk }: OpenChallenge): Promise<AnswerOutcome> {
  const { response } = desk.handOver();
  // An answer that no worker takes in time must not meet a newer question later.
  const startWithinMs = graceEndsMs(desk, attempt) - Date.now();
  try {
    return await once('POST the MFA answer', startWithinMs).answerChallenge({
      jobId,
      userId: attempt.userId,
      subject: subjectOf(attempt.operation),
      kind: asked.kind,
      response,
    });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    const { cause } = error;
    if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START') {
      return { outcome: 'not-sent', reason: 'no worker took it in time' };
    }
    return { outcome: 'unknown', reason: cause?.message ?? error.message };
  }
}
