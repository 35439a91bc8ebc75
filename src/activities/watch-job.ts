import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { setTimeout as delay } from 'node:timers/promises';
import { BasiqError } from '../basiq/basiq-error';
import { readJob } from '../basiq/job';
import type { ActivitySettings } from './activity-settings';
import { isUnknown, refusalOf } from './basiq-refusal';
import { askedChallenge, type LookInput } from './look-at-job';
import type { Observation } from './observation';
import { decideWatch, type WatchDecision } from './watch-decision';
import { withHeartbeat } from './with-heartbeat';

export interface WatchJobInput extends LookInput {
  stalledAfterMs: number;
  unreachableAfterMs: number;
  /** this attempt made the job; false for one that it adopted */
  isOurs: boolean;
}

/** How often a running job is looked at; milliseconds. */
export interface PollPeriods {
  firstMs: number;
  slowestMs: number;
  /** A failed read is tried again soon; what Basiq says of "try again" counts, up to this. */
  longestAfterErrorMs: number;
}

export const POLL_PERIODS: PollPeriods = {
  firstMs: 1_000,
  slowestMs: 3_000,
  longestAfterErrorMs: 30_000,
};
const SLOWER_BY = 1.25;

/** So long after a job was made, "no such job" is not believed. */
const NEW_JOB_MS = 30_000;

/**
 * Returns when the job differs from what the workflow has `seen`. While the job runs it polls in here; while it is
 * queued it ends with a benign failure whose nextRetryDelay is the time to the next look, so that Temporal's
 * retry is the long sleep: a parked attempt holds no worker, runs no workflow task and adds no history.
 */
export async function watchJob(settings: ActivitySettings, input: WatchJobInput): Promise<Observation> {
  const context = Context.current();
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = context.info;
  const begunMs = performance.now();
  const stayedMs = () => performance.now() - begunMs;
  // Both times are the Temporal server's; what this attempt adds is measured on this machine alone.
  const watchedMs = () => currentAttemptScheduledTimestampMs - scheduledTimestampMs + stayedMs();
  const interrupt = AbortSignal.any([context.cancellationSignal, settings.stopping]);
  const unanswered = new Unanswered(context.info.heartbeatDetails);
  let running = 'none yet';
  let pollMs = settings.polls.firstMs;

  const lookOnce = async (): Promise<WatchDecision> => {
    const { body, basiqNowMs } = await settings.basiq.getJob(input.jobId, { signal: interrupt });
    unanswered.end();
    const view = readJob(body, settings.apiUrl);
    running = view.steps.find(({ status }) => status === 'in-progress')?.title ?? view.state;
    return decideWatch(view, basiqNowMs, {
      seen: input.seen,
      queue: settings.queue,
      stalledAfterMs: input.stalledAfterMs,
      watchedMs: watchedMs(),
      stayedMs: stayedMs(),
      spread: Math.random(),
      ask: (challenged) => askedChallenge(settings, input.institution, challenged),
    });
  };

  const watch = async (): Promise<Observation> => {
    for (;;) {
      const decision = await lookOnce().catch((error: unknown): WatchDecision | number => {
        if (!(error instanceof BasiqError) || interrupt.aborted) throw error;
        return afterError(error, input, settings, unanswered, watchedMs());
      });
      if (typeof decision === 'number') {
        await delay(decision, null, { signal: interrupt });
        continue;
      }
      if (decision.next === 'report') return decision.observation;
      if (decision.next === 'park') throw parked(decision.reason, decision.delayMs);
      await delay(pollMs, null, { signal: interrupt });
      pollMs = Math.min(pollMs * SLOWER_BY, settings.polls.slowestMs);
    }
  };

  try {
    return await withHeartbeat(watch, () => ({ running, unansweredMs: unanswered.ms() }));
  } catch (error) {
    // A worker that stops hands the watch over at once, and not as a failure of the attempt.
    if (settings.stopping.aborted || isWorkerShutdown(context.cancellationSignal)) {
      throw retryIn(1_000, 'worker-stopping', 'the worker is stopping');
    }
    context.cancellationSignal.throwIfAborted();
    throw error;
  }
}

/** What to do after a read that failed: a wait in milliseconds, or a decision. */
function afterError(
  error: BasiqError,
  input: WatchJobInput,
  { queue, polls }: ActivitySettings,
  unanswered: Unanswered,
  watchedMs: number,
): WatchDecision | number {
  // A job may not be readable everywhere at Basiq in the moment after it was made.
  const isNew = input.isOurs && input.seen === null && watchedMs < NEW_JOB_MS;
  if (isUnknown(error) && !isNew) {
    return { next: 'report', observation: { kind: 'refused', refusal: refusalOf(error) } };
  }
  // A parked attempt outlives whatever it is, a refused API key too: somebody will mend it within seven days.
  if (input.seen?.state === 'queued') {
    const reason = `Basiq could not be asked about the job: ${error.code}`;
    return { next: 'park', delayMs: queue.lookAgainAfterErrorMs, reason };
  }
  unanswered.begin();
  if (unanswered.ms() >= input.unreachableAfterMs) {
    return { next: 'report', observation: { kind: 'unreachable', reason: error.code } };
  }
  return Math.min(Math.max(error.retryAfterMs ?? 0, polls.firstMs), polls.longestAfterErrorMs);
}

/** How long there was no good answer, carried from one attempt of the activity to the next in its heartbeat. */
class Unanswered {
  private sinceMs: number | null = null;
  private carriedMs: number;

  constructor(heartbeatDetails: unknown) {
    const carried =
      typeof heartbeatDetails === 'object' && heartbeatDetails !== null && 'unansweredMs' in heartbeatDetails
        ? heartbeatDetails.unansweredMs
        : 0;
    this.carriedMs = typeof carried === 'number' ? carried : 0;
  }

  begin(): void {
    this.sinceMs ??= performance.now();
  }

  end(): void {
    this.sinceMs = null;
    this.carriedMs = 0;
  }

  ms(): number {
    return this.carriedMs + (this.sinceMs === null ? 0 : performance.now() - this.sinceMs);
  }
}

/** The job waits in Basiq's queue, and so does the watch. */
function parked(reason: string, delayMs: number): ApplicationFailure {
  return retryIn(delayMs, 'temporary-unavailable-queued', reason);
}

function retryIn(delayMs: number, type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message,
    nextRetryDelay: delayMs,
    category: ApplicationFailureCategory.BENIGN,
  });
}

function isWorkerShutdown(signal: AbortSignal): boolean {
  return (
    signal.aborted && signal.reason instanceof CancelledFailure && signal.reason.message === 'WORKER_SHUTDOWN'
  );
}
