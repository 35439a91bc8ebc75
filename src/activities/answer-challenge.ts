import { cancellationSignal } from '@temporalio/activity';
import { z } from 'zod';
import { BasiqError } from '../basiq/basiq-error';
import { APPROVAL_ANSWER, type ParsedMfaAnswer } from '../contract/mfa-answer';
import type { AttemptSubject } from '../contract/sealed';
import type { ActivitySettings } from './activity-settings';
import { mayPass, refusalOf, type Refusal } from './basiq-refusal';
import { openSecret } from './open-secrets';
import { withHeartbeat } from './with-heartbeat';

export interface AnswerChallengeInput {
  jobId: string;
  userId: string;
  subject: AttemptSubject;
  kind: 'answer' | 'approve';
  response: ParsedMfaAnswer['response'];
}

/**
 * How the one POST of an answer ended.
 * - taken: Basiq answered 202; the job says later what the bank thinks of it.
 * - refused: Basiq answered that the answer is wrong (one of three ways in which it says so).
 * - unusable: the answer could not be opened, or this worker may not send it; the bank never saw it.
 * - not-sent: nothing reached Basiq, or it refused to take it now; the person may send it again.
 * - unknown: Basiq may have it.
 */
export type AnswerOutcome =
  | { outcome: 'taken' }
  | { outcome: 'refused'; refusal: Refusal }
  | { outcome: 'unusable'; refusal: Refusal }
  | { outcome: 'not-sent'; reason: string }
  | { outcome: 'unknown'; reason: string };

/** Sends one answer, once: Temporal must not retry it. */
export async function answerChallenge(
  settings: ActivitySettings,
  input: AnswerChallengeInput,
): Promise<AnswerOutcome> {
  const binding = { purpose: 'mfa', userId: input.userId, subject: input.subject } as const;
  const answers: string[] = [];
  for (const given of input.response) {
    // What every person answers to an approval is no secret, so it is never sealed.
    if (input.kind === 'approve' && given === APPROVAL_ANSWER) {
      answers.push(given);
      continue;
    }
    const opened = await openSecret(settings, given, binding, z.string());
    if (!opened.opened) return { outcome: 'unusable', refusal: opened.refusal };
    answers.push(opened.secret);
  }
  try {
    const { basiq } = settings;
    await withHeartbeat(() => basiq.answerMfa(input.jobId, answers, { signal: cancellationSignal() }));
    return { outcome: 'taken' };
  } catch (error) {
    if (!(error instanceof BasiqError)) throw error;
    if (mayPass(error))
      return { outcome: error.outcome === 'unknown' ? 'unknown' : 'not-sent', reason: error.code };
    // Only a 400 speaks of the answer (Basiq's MFA page); a 401, 403 or 404 is about the key or the job.
    const outcome = error.status === 400 ? 'refused' : 'unusable';
    return { outcome, refusal: refusalOf(error) };
  }
}
