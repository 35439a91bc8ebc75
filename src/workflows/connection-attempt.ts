import {
  ActivityFailure,
  allHandlersFinished,
  type ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  defineQuery,
  defineSignal,
  defineUpdate,
  isCancellation,
  setHandler,
} from '@temporalio/workflow';
import type { JobFailure } from '../basiq/job';
import { AttemptInput, subjectOf, type Attempt } from '../contract/attempt-input';
import type { AttemptResult, AttemptStatus } from '../contract/attempt-status';
import { Phase } from '../contract/phase';
import { errorRow } from '../contract/error-table';
import { inputProblems } from '../contract/input-problems';
import { withoutNulls } from '../contract/without-nulls';
import type { MfaVerdict } from '../contract/mfa-verdict';
import {
  ATTEMPT_STATUS_QUERY,
  CHECK_NOW_SIGNAL,
  MFA_ANSWER_SIGNAL,
  SUBMIT_MFA_ANSWER_UPDATE,
} from '../contract/names';
import { refuseIfWatched } from './already-watched';
import { attemptFailed, failureIn } from './attempt-failed';
import { lastedMs, logAttempt, logFailed } from './attempt-log';
import { invalidInputCounted } from './attempt-metrics';
import { CheckNow } from './check-now';
import { followJob } from './follow-job';
import { inspectTarget, targetOf } from './inspect-target';
import { MfaDesk } from './mfa-desk';
import { mayRefreshAgain, waitToRefresh } from './refresh-again';
import { startJob } from './start-job';
import { StatusBoard } from './status-board';

export const attemptStatus = defineQuery<AttemptStatus>(ATTEMPT_STATUS_QUERY);
// What comes by a message is anybody's: it is parsed before it is trusted, so its type says nothing.
export const mfaAnswer = defineSignal<[unknown]>(MFA_ANSWER_SIGNAL);
export const checkNow = defineSignal(CHECK_NOW_SIGNAL);
export const submitMfaAnswer = defineUpdate<MfaVerdict, [unknown]>(SUBMIT_MFA_ANSWER_UPDATE);

/**
 * One attempt to link, update or refresh a bank connection, from the POST that starts Basiq's job to the job's end.
 * Returns when the job succeeded. Fails with an ApplicationFailure whose type is the code (docs/errors.md) and whose
 * detail is an AttemptFailure. Cancelling stops the watching; nothing is undone at Basiq.
 */
export async function connectionAttempt(input: unknown): Promise<AttemptResult> {
  const parsed = AttemptInput.safeParse(withoutNulls(input));
  if (!parsed.success) throw invalidInput(inputProblems(parsed.error));
  const attempt = parsed.data;

  const board = new StatusBoard(attempt);
  const desk = new MfaDesk(board);
  const checks = new CheckNow();
  // Temporal's UI and CLI show the descriptions to whoever sends one by hand.
  setHandler(attemptStatus, () => board.status, { description: 'What it waits for, on whom, until when' });
  setHandler(mfaAnswer, (payload) => desk.receive(payload), {
    description: 'The person\'s answer: {"response": [one for each prompt], "challengeId"?} or ["confirmed"]',
  });
  const checkIfParked = () => {
    // Anything but a parked job is looked at every few seconds anyway.
    if (board.status.phase === Phase.queued) checks.request(Date.now());
  };
  setHandler(checkNow, checkIfParked, { description: 'Look at a queued job now, at most once a minute' });
  setHandler(submitMfaAnswer, (payload) => desk.submit(payload), {
    validator: (payload) => desk.validate(payload),
    description: "The same as mfaAnswer; can be refused, and returns the bank's verdict",
  });

  const { operation, userId, institutionId, connectionId } = board.status;
  logAttempt('attempt-started', { operation, userId, institutionId, connectionId });
  try {
    const result = await run(attempt, board, desk, checks);
    board.succeeded();
    const { jobId, connectionId: linked } = result;
    logAttempt('attempt-succeeded', { jobId, connectionId: linked, lastedMs: lastedMs() });
    desk.close({ outcome: 'ended', phase: 'succeeded', failure: null });
    await verdictsDelivered();
    return result;
  } catch (error) {
    const end = endedBadly(error, board, desk);
    await verdictsDelivered();
    throw end;
  }
}

function invalidInput(detail: string): ApplicationFailure {
  invalidInputCounted();
  const end = attemptFailed({ code: 'invalid-input', detail });
  const failure = failureIn(end);
  if (failure !== null) logFailed(failure);
  return end;
}

/** An update whose handler still runs when the workflow ends would fail at its sender, without the verdict. */
async function verdictsDelivered(): Promise<void> {
  if (allHandlersFinished()) return;
  await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
}

async function run(
  attempt: Attempt,
  board: StatusBoard,
  desk: MfaDesk,
  checks: CheckNow,
): Promise<AttemptResult> {
  board.starting();
  await inspectTarget(attempt, board);
  for (let tries = 1; ; tries++) {
    const jobId = await jobToFollow(attempt, board);
    board.jobStarted(jobId);
    const end = await followJob({ attempt, jobId, board, desk, checkNow: checks });
    if (end.ended === 'succeeded') return end.result;
    if (!(await mayRefreshAgain(attempt, board, end.failure, tries))) throw failedJob(end.failure, board);
    desk.withdraw();
    await waitToRefresh(attempt, board);
    board.starting();
  }
}

/** The job to adopt, or a new one. */
async function jobToFollow({ userId, operation, policy }: Attempt, board: StatusBoard): Promise<string> {
  if (operation.kind === 'adopt') {
    board.jobFound(operation.jobId);
    await refuseIfWatched(operation.jobId);
    logAttempt('job-adopted', { jobId: operation.jobId });
    return operation.jobId;
  }
  const { institutionId, jobId: earlierJobId } = board.status;
  const subject = subjectOf(operation);
  const { jobId, original } = await startJob({
    userId,
    operation,
    subject,
    target: targetOf(operation),
    institutionId,
    earlierJobId,
    policy,
    found: (jobId) => board.jobFound(jobId),
  });
  if (original) await refuseIfWatched(jobId);
  return jobId;
}

function failedJob(failure: JobFailure, { status }: StatusBoard): ApplicationFailure {
  const { jobId, connectionId } = status;
  const facts = { ...failure, jobId, connectionId };
  if (connectionId === null || !failure.step.startsWith('retrieve-')) return attemptFailed(facts);
  // Basiq activates the connection once the credentials are verified, while the later steps still run.
  const { remedy } = errorRow(failure.code);
  return attemptFailed({
    ...facts,
    remedy: `${remedy} The connection exists: after that refresh or update it, do not create it again.`,
    related: [{ kind: 'connection', id: connectionId }],
  });
}

/** Shows how the attempt ended, and gives the error that the workflow ends with; throws what is no end. */
function endedBadly(error: unknown, board: StatusBoard, desk: MfaDesk): unknown {
  // A read that failed after the cancellation ends in its own error.
  if (
    isCancellation(error) ||
    (error instanceof ActivityFailure && CancellationScope.current().consideredCancelled)
  ) {
    board.cancelled();
    const { jobId, connectionId } = board.status;
    logAttempt('attempt-cancelled', { jobId, connectionId, lastedMs: lastedMs() });
    desk.close({ outcome: 'ended', phase: 'cancelled', failure: null });
    return isCancellation(error) ? error : new CancelledFailure('The attempt was cancelled');
  }
  const end = error instanceof ActivityFailure ? unreachable(error, board) : error;
  const failure = failureIn(end);
  // Not an end of ours but a defect: Temporal retries the workflow task until a deploy mends it, and nothing is lost.
  if (failure === null) throw error;
  board.failed(failure);
  logFailed(failure);
  desk.close({ outcome: 'ended', phase: 'failed', failure });
  return end;
}

/** A read of Basiq that did not pass within the policy's time, however often it was tried. */
function unreachable(error: ActivityFailure, { status }: StatusBoard): ApplicationFailure {
  const { jobId, connectionId } = status;
  const cause = error.cause instanceof Error ? error.cause.message : error.message;
  return attemptFailed({
    code: 'basiq-unreachable',
    detail: `${error.activityType}: ${cause}`,
    jobId,
    connectionId,
  });
}
