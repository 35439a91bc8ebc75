import { z } from 'zod';
import { Challenge } from './attempt-status';
import { AttemptFailure } from './failures';

/**
 * What the update `submitMfaAnswer` returns once Basiq's verdict is known.
 * - accepted: the bank took the answer; `nextChallenge` when it asks something more at once.
 * - rejected: the bank wants another answer to the same question. `refused`: it said no; `unconfirmed`: the answer
 *   or Basiq's reply to it was lost, and nothing shows that it was taken.
 * - not-sent: the bank never saw it (it could not be opened, or Basiq could not be reached); the challenge waits on.
 * - not-needed: the challenge is gone: the job moved on before the answer was sent, or another job replaces it.
 * - ended: the attempt is over; failure is null when it succeeded.
 */
export const MfaVerdict = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('accepted'), nextChallenge: Challenge.nullable() }),
  z.object({
    outcome: z.literal('rejected'),
    reason: z.enum(['refused', 'unconfirmed']),
    challenge: Challenge,
  }),
  z.object({ outcome: z.literal('not-sent'), message: z.string(), challenge: Challenge }),
  z.object({ outcome: z.literal('not-needed') }),
  z.object({
    outcome: z.literal('ended'),
    phase: z.enum(['succeeded', 'failed', 'cancelled']),
    failure: AttemptFailure.nullable(),
  }),
]);
export type MfaVerdict = z.output<typeof MfaVerdict>;
