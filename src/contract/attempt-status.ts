import { z } from 'zod';
import type { OperationKind } from './attempt-input';
import type { AttemptFailure } from './failures';
import type { MfaRefusal } from './mfa-answer';
import type { AttemptSubject } from './sealed';

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

/** Who must move next. */
export type WaitingOn = 'user' | 'bank' | 'basiq' | 'nobody';

export const StepStatus = z.object({
  /** Basiq's title, e.g. `verify-credentials` */
  title: z.string(),
  /** Basiq's word, e.g. `pending`, `in-progress`, `success`, `failed`, `skipped` */
  status: z.string(),
});
export type StepStatus = z.output<typeof StepStatus>;

export interface Challenge {
  /** `{jobId}:{round}:{hash of the content}`; send it with the answer so that an old answer cannot meet a new question */
  challengeId: string;
  /** 1 for the first question of the attempt */
  round: number;
  /** approve: the person approves in the bank's app and the answer is `["confirmed"]` */
  kind: 'answer' | 'approve';
  /** Basiq's word: `token`, `security-questions` */
  method: string;
  description: string;
  /** one answer is wanted for each */
  prompts: string[];
  /** ISO 8601 */
  deadlineAt: string;
  /** whether this worker takes plain text answers; `confirmed` to an approval is always taken */
  plainAnswersAllowed: boolean;
}

export interface Outage {
  /** ISO 8601, by the workflow's clock */
  since: string;
  /** when Basiq gives up, or when a refresh is tried again; ISO 8601 */
  until: string;
}

/** The answer of the query `attemptStatus`. Holds no secret. */
export interface AttemptStatus {
  userId: string;
  operation: OperationKind;
  /** what a secret for this attempt must be sealed for */
  subject: AttemptSubject;
  phase: Phase;
  waitingOn: WaitingOn;
  /** ISO 8601; null when nothing limits the wait */
  waitingUntil: string | null;
  jobId: string | null;
  connectionId: string | null;
  institutionId: string | null;
  institutionName: string | null;
  steps: StepStatus[];
  challenge: Challenge | null;
  /** while the bank is unavailable */
  outage: Outage | null;
  failure: AttemptFailure | null;
  /** a signal cannot be refused, so a bad answer that came by signal is shown here */
  lastIgnoredAnswer: { reason: MfaRefusal; message: string; at: string } | null;
}

/** What the workflow returns when it succeeded. */
export const AttemptResult = z.object({
  jobId: z.string(),
  connectionId: z.string().nullable(),
  steps: z.array(StepStatus),
});
export type AttemptResult = z.output<typeof AttemptResult>;
