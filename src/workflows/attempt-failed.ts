import { ApplicationFailure } from '@temporalio/workflow';
import type { Refusal } from '../activities/basiq-refusal';
import { attemptFailure, AttemptFailure, type FailureFacts } from '../contract/failures';

/** The end of a failed attempt: its type is the code that back-ends switch on, its only detail an AttemptFailure. */
export function attemptFailed(facts: FailureFacts): ApplicationFailure {
  const failure = attemptFailure(facts);
  return ApplicationFailure.create({
    type: failure.code,
    message: failure.detail === null ? failure.title : `${failure.title}: ${failure.detail}`,
    nonRetryable: true,
    details: [failure],
  });
}

export function refused(refusal: Refusal, more: Partial<FailureFacts> = {}): ApplicationFailure {
  return attemptFailed({ ...refusal, ...more });
}

/** The AttemptFailure inside what `attemptFailed` made; null for any other error. */
export function failureIn(error: unknown): AttemptFailure | null {
  if (!(error instanceof ApplicationFailure)) return null;
  return AttemptFailure.safeParse(error.details?.[0]).data ?? null;
}
