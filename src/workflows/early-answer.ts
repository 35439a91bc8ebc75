import { APPROVAL_ANSWER, type ParsedMfaAnswer } from '../contract/mfa-answer';

/**
 * An answer can come before its question. Temporal answers a query that had to wait for a worker from all events that
 * there are by then, also from those that no workflow task has handled yet: so the person can be shown a question that
 * the attempt asks in its next task only, and when the answer is there by then too, the SDK handles it first. The
 * question is asked later in that same task; the limit ends the wait for a question that is never asked.
 */
export const EARLY_ANSWER_WAIT_MS = 2_000;

/** Unique within an attempt: the same question asked again has another round. */
export function challengeIdOf(jobId: string, round: number, fingerprint: string): string {
  return `${startOfId(jobId, round)}${fingerprint}`;
}

/** Is it an answer to the question that the job asks next? One that holds a secret in plain text is never waited with. */
export function isEarly(answer: ParsedMfaAnswer, jobId: string | null, lastRound: number): boolean {
  if (jobId === null || answer.challengeId === null) return false;
  return (
    answer.challengeId.startsWith(startOfId(jobId, lastRound + 1)) &&
    answer.response.every((given) => typeof given !== 'string' || given === APPROVAL_ANSWER)
  );
}

function startOfId(jobId: string, round: number): string {
  return `${jobId}:${round}:`;
}
