import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  sleep,
} from '@temporalio/workflow';
import type { AttemptTarget } from '../activities/attempt-target';
import type { StartJobInput, StartOutcome } from '../activities/start-job';
import type { AttemptPolicy } from '../contract/attempt-policy';
import { once, reads } from './activity-proxies';
import { attemptFailed, refused } from './attempt-failed';
import { logAttempt } from './attempt-log';

export interface JobToStart extends StartJobInput {
  target: AttemptTarget;
  institutionId: string | null;
  /** this attempt's job before, when a refresh is tried again */
  earlierJobId: string | null;
  policy: AttemptPolicy;
  /** told as soon as the job's id is known, also when the attempt is cancelled meanwhile */
  found: (jobId: string) => void;
}

export interface StartedJob {
  jobId: string;
  /** Basiq answered with a job that was under way already: somebody may watch it */
  original: boolean;
}

const SHORTEST_RETRY_MS = 5_000;
const LONGEST_RETRY_MS = 5 * 60_000;
/** A cancelled attempt looks for its job once more, so that its end can name it; but not for long. */
const LAST_LOOK_MS = 15_000;
/** A look that took longer may have been made too late to see a young job as young: it does not count. */
const SLOW_LOOK_MS = 30_000;

/**
 * Makes sure that Basiq has one job for this attempt: POST, and after an end that is not known look for the job before
 * there is another POST. Fails `basiq-unreachable` when nothing could be begun within the policy's time.
 */
export async function startJob(job: JobToStart): Promise<StartedJob> {
  const begunMs = Date.now();
  for (let tries = 1; ; tries++) {
    // From here on a cancellation cannot take the POST back.
    if (CancellationScope.current().consideredCancelled)
      throw new CancelledFailure('Cancelled before the POST');
    const postedMs = Date.now();
    const posted = await CancellationScope.nonCancellable(() => post(job));
    switch (posted.outcome) {
      case 'started':
        job.found(posted.jobId);
        logAttempt('job-started', {
          jobId: posted.jobId,
          how: posted.original ? 'already-under-way' : 'posted',
        });
        return posted;
      case 'refused':
        throw refused(posted.refusal);
      case 'unknown': {
        logAttempt('start-unknown', { reason: posted.reason });
        const jobId = await findJobOf(job, postedMs);
        if (jobId === null) break;
        job.found(jobId);
        logAttempt('job-started', { jobId, how: 'found' });
        return { jobId, original: false };
      }
      case 'not-started':
        break;
    }
    const waitMs = Math.max(
      posted.retryAfterMs,
      Math.min(SHORTEST_RETRY_MS * 2 ** (tries - 1), LONGEST_RETRY_MS),
    );
    if (Date.now() + waitMs - begunMs > job.policy.unreachableAfterMs) throw nothingBegun(posted.reason);
    logAttempt('start-delayed', { reason: posted.reason, waitMs });
    await sleep(waitMs, { summary: `Basiq could not be asked (${posted.reason})` });
  }
}

async function post({ userId, operation, subject }: JobToStart): Promise<StartOutcome> {
  try {
    return await once(`POST ${operation.kind}`).startJob({ userId, operation, subject });
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // The worker died, or was too slow to tell: what Basiq did is not known.
    return {
      outcome: 'unknown',
      reason: error.cause?.message ?? error.message,
      retryAfterMs: SHORTEST_RETRY_MS,
    };
  }
}

async function findJobOf(job: JobToStart, postedMs: number): Promise<string | null> {
  try {
    return await lookTwice(job, postedMs);
  } catch (error) {
    if (isCancellation(error)) {
      const last = await CancellationScope.nonCancellable(() => look(job, postedMs, LAST_LOOK_MS)).catch(
        () => null,
      );
      if (last?.outcome === 'found') job.found(last.jobId);
      throw error;
    }
    if (!(error instanceof ActivityFailure)) throw error;
    throw perhapsBegun(error.cause?.message ?? error.message);
  }
}

/** Looks, waits until a request that was still on its way must have ended, and looks again. */
async function lookTwice(job: JobToStart, postedMs: number): Promise<string | null> {
  for (let lastLook = false; ;) {
    const lookedMs = Date.now();
    const search = await look(job, postedMs, job.policy.unreachableAfterMs);
    switch (search.outcome) {
      case 'found':
        return search.jobId;
      case 'refused':
        throw refused(search.refusal);
      case 'ambiguous':
        throw attemptFailed({
          code: 'start-ambiguous',
          related: [
            ...search.jobIds.map((id) => ({ kind: 'job', id }) as const),
            ...search.connectionIds.map((id) => ({ kind: 'connection', id }) as const),
          ],
        });
      case 'none':
        if (Date.now() - postedMs > job.policy.unreachableAfterMs)
          throw perhapsBegun('Basiq answers too slowly');
        if (Date.now() - lookedMs > SLOW_LOOK_MS) continue;
        if (lastLook) return null;
        await sleep(search.lookAgainInMs, { summary: 'A request may still be on its way to Basiq' });
        lastLook = true;
    }
  }
}

function look(
  { userId, target, institutionId, earlierJobId }: JobToStart,
  postedMs: number,
  giveUpAfterMs: number,
) {
  const { findStartedJob } = reads('Looks for the job of a POST whose end is not known', giveUpAfterMs);
  return findStartedJob({ userId, target, institutionId, earlierJobId, sincePostMs: Date.now() - postedMs });
}

function perhapsBegun(reason: string): Error {
  return attemptFailed({
    code: 'basiq-unreachable',
    detail: `It is not known whether a job was begun: ${reason}`,
    remedy: "Look at the person's jobs at Basiq before you start again; if there is one, adopt it.",
  });
}

function nothingBegun(reason: string): Error {
  return attemptFailed({
    code: reason === 'too-many-requests' ? reason : 'basiq-unreachable',
    detail: `Nothing was begun at Basiq (${reason})`,
  });
}
