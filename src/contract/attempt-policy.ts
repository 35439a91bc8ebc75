import { z } from 'zod';

const milliseconds = (from: number, to: number, usual: number) =>
  z
    .int({ error: 'must be a whole number of milliseconds' })
    .min(from, { error: `must be at least ${from} ms` })
    .max(to, { error: `must be at most ${to} ms` })
    .default(usual);

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** The limits that an attempt keeps. Basiq documents none of these lengths but the refresh ones; all have defaults. */
export const AttemptPolicy = z.strictObject({
  /** How often a refresh is tried in all when the bank is unavailable. Basiq's error guide: two or three times. */
  refreshTries: z.int().min(1, { error: 'must be 1 to 3' }).max(3, { error: 'must be 1 to 3' }).default(3),
  /** The wait between those tries. Basiq's error guide: 10 minutes. */
  refreshRetryMs: milliseconds(0, DAY, 10 * MINUTE),
  /** How long after an answer the same challenge may still be shown before it counts as refused. */
  mfaSettleMs: milliseconds(1_000, 10 * MINUTE, 20_000),
  /** How long after a challenge's deadline the job may still move before the attempt ends `mfa-expired`. */
  mfaGraceMs: milliseconds(0, DAY, MINUTE),
  /** A running job that has not moved for so long ends the attempt `job-stalled`. Basiq: jobs take 3 to 30 s. */
  stalledAfterMs: milliseconds(1_000, 7 * DAY, 60 * MINUTE),
  /** Without one good answer from Basiq for so long, a running attempt ends `basiq-unreachable`. */
  unreachableAfterMs: milliseconds(1_000, DAY, 30 * MINUTE),
});
export type AttemptPolicy = z.output<typeof AttemptPolicy>;
