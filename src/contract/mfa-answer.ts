import { z } from 'zod';
import type { AttemptFailure } from './failures';
import type { Challenge } from './attempt-status';
import { Sealed } from './sealed';

const Response = z
  .array(
    z.union([z.string().max(1_000), Sealed], {
      error: 'must be {"sealed": "<compact JWE>"} or a string of at most 1,000 characters',
    }),
    { error: 'must be an array with one answer for each prompt' },
  )
  .max(20, { error: 'must have at most 20 answers' });

/**
 * The payload of the signal `mfaAnswer` and of the update `submitMfaAnswer`: `{response, challengeId?}`, or the bare
 * array that Basiq's own guide shows, e.g. `["confirmed"]`. Without a challengeId it answers whatever is open.
 */
export const MfaAnswer = z.union(
  [
    Response.transform((response) => ({ response, challengeId: null })),
    z
      .strictObject({ response: Response, challengeId: z.string().max(200).optional() })
      .transform(({ response, challengeId }) => ({ response, challengeId: challengeId ?? null })),
  ],
  {
    error:
      'must be {"response": ["answer", …], "challengeId"?: "…"} or ["answer", …]; each answer a string or {"sealed": "<compact JWE>"}',
  },
);
/** As a back-end sends it. */
export type MfaAnswer = z.input<typeof MfaAnswer>;
/** As the workflow reads it. */
export type ParsedMfaAnswer = z.output<typeof MfaAnswer>;

/** The one answer that app approval takes (Basiq's Bendigo guide); it is no secret. */
export const APPROVAL_ANSWER = 'confirmed';

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

/**
 * What the update `submitMfaAnswer` returns once Basiq's verdict is known.
 * - accepted: the bank took the answer; `nextChallenge` when it asks something more at once.
 * - rejected: the bank wants another answer to the same question. `refused`: it said no; `unconfirmed`: the answer
 *   or Basiq's reply to it was lost, and nothing shows that it was taken.
 * - not-sent: the bank never saw it (it could not be opened, or Basiq could not be reached); the challenge waits on.
 * - not-needed: the job had moved on before it was sent.
 * - ended: the attempt is over; failure is null when it succeeded.
 */
export type MfaVerdict =
  | { outcome: 'accepted'; nextChallenge: Challenge | null }
  | { outcome: 'rejected'; reason: 'refused' | 'unconfirmed'; challenge: Challenge }
  | { outcome: 'not-sent'; message: string; challenge: Challenge }
  | { outcome: 'not-needed' }
  | { outcome: 'ended'; phase: 'succeeded' | 'failed' | 'cancelled'; failure: AttemptFailure | null };
