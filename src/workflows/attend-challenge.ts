import { ActivityFailure, CancellationScope, condition } from '@temporalio/workflow';
import type { AnswerOutcome } from '../activities/answer-challenge';
import type { AskedChallenge, Observation } from '../activities/observation';
import { subjectOf, type Attempt } from '../contract/attempt-input';
import { MfaRefusal } from '../contract/mfa-answer';
import { once } from './activity-proxies';
import { attemptFailed } from './attempt-failed';
import type { JobWatch } from './job-watch';
import type { Looked } from './look-beside-watch';
import type { MfaDesk } from './mfa-desk';

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
  for (;;) {
    await answerOrTimeOver(open);
    if (watch.hasArrived) return watch.take();

    if (!desk.answerIsWaiting) {
      // The time is over, but the job decides: a bank may be more patient than it said.
      const looked = await open.look();
      if (looked.kind === 'news') return looked.observation;
      if (looked.kind === 'unanswered') continue;
      throw attemptFailed({
        code: 'mfa-expired',
        step: 'mfa-challenge',
        jobId,
        connectionId: open.connectionId,
      });
    }

    const sent = await CancellationScope.nonCancellable(() => send(open));
    switch (sent.outcome) {
      case 'taken':
      case 'unknown':
      case 'refused': {
        const moved = await afterAnswer(
          open,
          sent.outcome === 'refused' ? 0 : open.attempt.policy.mfaSettleMs,
        );
        if (moved !== null) return moved;
        desk.askAgain(jobId, asked, sent.outcome === 'unknown' ? 'unconfirmed' : 'refused');
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

async function answerOrTimeOver({ attempt, desk, watch }: OpenChallenge): Promise<void> {
  const { deadlineAt } = desk.openChallenge();
  const graceEndsInMs = Date.parse(deadlineAt) + attempt.policy.mfaGraceMs - Date.now();
  await condition(() => watch.hasArrived || desk.answerIsWaiting, Math.max(1, graceEndsInMs), {
    summary: `The person may answer until ${deadlineAt}`,
  });
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
  }
}

async function send({ attempt, jobId, asked, desk }: OpenChallenge): Promise<AnswerOutcome> {
  const { response } = desk.handOver();
  try {
    return await once('POST the MFA answer').answerChallenge({
      jobId,
      userId: attempt.userId,
      subject: subjectOf(attempt.operation),
      kind: asked.kind,
      response,
    });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    return { outcome: 'unknown', reason: 'worker-lost' };
  }
}
