import { z } from 'zod';
import { AttemptFailure } from './failures';
import { MfaRefusal } from './mfa-refusal';
import { Phase } from './phase';

// Beside the schemas, not among them: a workflow needs the names alone, and evaluates what it imports for itself.
export { Phase };

/** Who must move next. */
const WaitingOn = z.enum(['user', 'bank', 'basiq', 'nobody']);
export type WaitingOn = z.output<typeof WaitingOn>;

/** ISO 8601, UTC */
const Time = z.string();

export const StepStatus = z.object({
  /** Basiq's title, e.g. `verify-credentials` */
  title: z.string(),
  /** Basiq's word, e.g. `pending`, `in-progress`, `success`, `failed`, `skipped` */
  status: z.string(),
});
export type StepStatus = z.output<typeof StepStatus>;

export const Challenge = z.object({
  /** `{jobId}:{round}:{hash of the content}`; send it with the answer so that an old answer cannot meet a new question */
  challengeId: z.string(),
  /** 1 for the first question of the attempt */
  round: z.number(),
  /** approve: the person approves in the bank's app and the answer is `["confirmed"]` */
  kind: z.enum(['answer', 'approve']),
  /** Basiq's word: `token`, `security-questions` */
  method: z.string(),
  description: z.string(),
  /** one answer is wanted for each */
  prompts: z.array(z.string()),
  deadlineAt: Time,
  /** whether this worker takes plain text answers; `confirmed` to an approval is always taken */
  plainAnswersAllowed: z.boolean(),
});
export type Challenge = z.output<typeof Challenge>;

export const Outage = z.object({
  /** by the workflow's clock */
  since: Time,
  /** when Basiq gives up, or when a refresh is tried again */
  until: Time,
});
export type Outage = z.output<typeof Outage>;

/** The answer of the query `attemptStatus`. Holds no secret. */
export const AttemptStatus = z.object({
  userId: z.string(),
  operation: z.enum(['create', 'update', 'refresh', 'adopt']),
  /** what a secret for this attempt must be sealed for */
  subject: z.union([
    z.object({ institutionId: z.string() }),
    z.object({ connectionId: z.string() }),
    z.object({ jobId: z.string() }),
  ]),
  phase: z.enum(Phase),
  waitingOn: WaitingOn,
  /** null when nothing limits the wait */
  waitingUntil: Time.nullable(),
  jobId: z.string().nullable(),
  connectionId: z.string().nullable(),
  institutionId: z.string().nullable(),
  institutionName: z.string().nullable(),
  steps: z.array(StepStatus),
  challenge: Challenge.nullable(),
  /** while the bank is unavailable */
  outage: Outage.nullable(),
  failure: AttemptFailure.nullable(),
  /** a signal cannot be refused, so a bad answer that came by signal is shown here until a good one comes */
  lastIgnoredAnswer: z.object({ reason: z.enum(MfaRefusal), message: z.string(), at: Time }).nullable(),
});
export type AttemptStatus = z.output<typeof AttemptStatus>;

/** What the workflow returns when it succeeded. */
export const AttemptResult = z.object({
  jobId: z.string(),
  connectionId: z.string().nullable(),
  steps: z.array(StepStatus),
});
export type AttemptResult = z.output<typeof AttemptResult>;
