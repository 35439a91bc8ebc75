import type { AttemptFailure } from '../contract/failures';
import type { MfaRefusal } from '../contract/mfa-refusal';
import type { OperationKind } from '../contract/attempt-input';

/** Thrown before anything is sent, when a request is not valid. Names each field and its fix; holds no value. */
export class InvalidRequestError extends Error {
  override readonly name = 'InvalidRequestError';
  constructor(readonly problems: string) {
    super(problems);
  }
}

/** Thrown by `start` when another kind of attempt holds the connection: wait for it, or cancel it. */
export class AttemptInProgressError extends Error {
  override readonly name = 'AttemptInProgressError';
  readonly code = 'attempt-in-progress';
  constructor(
    readonly workflowId: string,
    /** what the holder does; null when it was started with an input that is none of ours */
    readonly holder: OperationKind | null,
  ) {
    super(`${workflowId} is already running${holder === null ? '' : ` (${holder})`}`);
  }
}

/** Thrown when there is no such attempt, or it is no longer running and so cannot take a message. */
export class AttemptNotFoundError extends Error {
  override readonly name = 'AttemptNotFoundError';
  constructor(readonly workflowId: string) {
    super(`${workflowId} is not running`);
  }
}

/** Thrown by `submitMfaAnswer` and `confirm` when the answer was refused; nothing was sent to the bank. */
export class MfaAnswerRefusedError extends Error {
  override readonly name = 'MfaAnswerRefusedError';
  constructor(
    readonly reason: MfaRefusal,
    message: string,
  ) {
    super(message);
  }
}

/** Thrown by `result` when the attempt failed; `failure` says who must act and what they should do. */
export class AttemptFailedError extends Error {
  override readonly name = 'AttemptFailedError';
  readonly code: string;
  constructor(
    readonly workflowId: string,
    readonly failure: AttemptFailure,
  ) {
    super(`${failure.code}: ${failure.detail ?? failure.title}`);
    this.code = failure.code;
  }
}

/**
 * Thrown by `result` when somebody ended the workflow from outside (terminated), or a time limit that the starter set
 * did. A job that Basiq had by then goes on there.
 */
export class AttemptAbortedError extends Error {
  override readonly name = 'AttemptAbortedError';
  constructor(
    readonly workflowId: string,
    readonly how: 'terminated' | 'timed-out',
    readonly jobId: string | null,
  ) {
    super(`${workflowId} was ${how}${jobId === null ? '' : `; job ${jobId} goes on at Basiq`}`);
  }
}

/** Thrown by `result` when the attempt was cancelled. A job that Basiq had by then goes on there. */
export class AttemptCancelledError extends Error {
  override readonly name = 'AttemptCancelledError';
  constructor(
    readonly workflowId: string,
    readonly jobId: string | null,
  ) {
    super(`${workflowId} was cancelled${jobId === null ? '' : `; job ${jobId} goes on at Basiq`}`);
  }
}
