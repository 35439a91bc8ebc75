import type { BankBehaviour } from './bank-behaviour';
import type { MfaAnswer } from './job-plan';
import type { JobPosition } from './job-timeline';

/**
 * How an MFA answer is judged. Basiq's pages and its clients expect three different things of a wrong one, so
 * each bank can be told which of them it does (`wrongAnswer`).
 */
export type MfaVerdict =
  | { kind: 'not-asked' }
  | { kind: 'wrong-count' }
  | { kind: 'judged'; answer: MfaAnswer; isRefusedAtOnce: boolean };

export function judgeAnswer(
  { mfa }: JobPosition,
  behaviour: BankBehaviour,
  response: readonly string[],
  nowMs: number,
): MfaVerdict {
  if (mfa.state === 'none') return { kind: 'not-asked' };
  const { round, challenge } = mfa;
  if (response.length !== challenge.answers.length) return { kind: 'wrong-count' };
  // Basiq's own live test answers at every look and gets 202 each time.
  if (mfa.state === 'settling') return judged('repeated', false);
  if (challenge.answers.every((right, index) => right === response[index])) return judged('accepted', false);
  return judged('rejected', behaviour.wrongAnswer === 'http-400');

  function judged(verdict: MfaAnswer['verdict'], isRefusedAtOnce: boolean): MfaVerdict {
    const failsStep = verdict === 'rejected' && behaviour.wrongAnswer === 'failed-step';
    return { kind: 'judged', answer: { atMs: nowMs, round, verdict, failsStep }, isRefusedAtOnce };
  }
}
