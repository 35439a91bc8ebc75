import { z } from 'zod';
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
