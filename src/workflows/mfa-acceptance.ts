import type { Challenge } from '../contract/attempt-status';
import { APPROVAL_ANSWER, type ParsedMfaAnswer } from '../contract/mfa-answer';
import { MfaRefusal } from '../contract/mfa-refusal';

export interface Refused {
  reason: MfaRefusal;
  /** names the fix; never holds the answer */
  message: string;
}

/** Why an answer cannot be taken now; null when it can. */
export function whyRefused(
  answer: ParsedMfaAnswer,
  asked: { challenge: Challenge | null; answered: boolean },
  nowMs: number,
): Refused | null {
  const { challenge } = asked;
  if (challenge === null) {
    return {
      reason: MfaRefusal.noOpenChallenge,
      message: 'No challenge is open; see attemptStatus for the phase',
    };
  }
  if (answer.challengeId !== null && answer.challengeId !== challenge.challengeId) {
    return {
      reason: MfaRefusal.stale,
      message: `challengeId: is not the open challenge's; that is ${challenge.challengeId}`,
    };
  }
  if (asked.answered) {
    return {
      reason: MfaRefusal.alreadyAnswered,
      message: 'An answer to this challenge is on its way to the bank',
    };
  }
  if (nowMs > Date.parse(challenge.deadlineAt)) {
    return {
      reason: MfaRefusal.pastDeadline,
      message: `The time to answer ended at ${challenge.deadlineAt}`,
    };
  }
  if (isApproval(answer, challenge)) return null;
  const wanted =
    challenge.kind === 'approve' ? Math.max(1, challenge.prompts.length) : challenge.prompts.length;
  if (answer.response.length !== wanted) {
    return {
      reason: MfaRefusal.wrongCount,
      message: `response: must have ${wanted} answer(s), one for each prompt; it has ${answer.response.length}`,
    };
  }
  if (!challenge.plainAnswersAllowed && answer.response.some((given) => typeof given === 'string')) {
    return {
      reason: MfaRefusal.plainText,
      message: "response: must be sealed with the workers' public key",
    };
  }
  return null;
}

function isApproval(answer: ParsedMfaAnswer, challenge: Challenge): boolean {
  const [given, ...more] = answer.response;
  return challenge.kind === 'approve' && given === APPROVAL_ANSWER && more.length === 0;
}
