/** Where an attempt stands. */
export const Phase = {
  /** before Basiq has a job, or between two tries of a refresh */
  submitting: 'submitting',
  /** the bank checks the credentials */
  verifying: 'verifying',
  /** the person is asked for an MFA answer */
  awaitingMfa: 'awaiting-mfa',
  /** an answer was sent; the bank checks it */
  confirmingMfa: 'confirming-mfa',
  /** the bank is unavailable; Basiq tries again every two hours for up to seven days */
  queued: 'queued',
  /** the credentials are good; accounts and transactions are fetched */
  retrieving: 'retrieving',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];
