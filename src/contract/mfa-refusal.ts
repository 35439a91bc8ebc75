/** Why an answer did not reach the bank. */
export const MfaRefusal = {
  malformed: 'malformed-answer',
  noOpenChallenge: 'no-open-challenge',
  stale: 'stale-challenge',
  wrongCount: 'wrong-number-of-answers',
  pastDeadline: 'deadline-passed',
  alreadyAnswered: 'already-answered',
  plainText: 'plain-answer-refused',
  /** it could not be opened, or this worker may not send it; the bank never saw it */
  unusable: 'unusable-answer',
  /** Basiq could not be reached with it */
  notSent: 'answer-not-sent',
} as const;
export type MfaRefusal = (typeof MfaRefusal)[keyof typeof MfaRefusal];
