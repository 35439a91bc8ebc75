import { ActivityFailure, CancellationScope, sleep } from '@temporalio/workflow';
import type { AttemptTarget } from '../activities/attempt-target';
import type { StartJobInput, StartOutcome } from '../activities/start-job';
import type { AttemptPolicy } from '../contract/attempt-policy';
import { once, reads } from './activity-proxies';
import { attemptFailed, refused } from './attempt-failed';

export interface JobToStart extends StartJobInput {
  target: AttemptTarget;
  institutionId: string | null;
  policy: AttemptPolicy;
}

export interface StartedJob {
  jobId: string;
  /** Basiq answered with a job that was under way already: somebody may watch it */
  original: boolean;
}

const UNKNOWN_END_RETRY_MS = 5_000;

/**
 * Makes sure that Basiq has one job for this attempt: POST, and after an end that is not known look for the job before
 * there is another POST. Fails `basiq-unreachable` when nothing could be begun within the policy's time.
 */
export async function startJob(job: JobToStart): Promise<StartedJob> {
  const begunMs = Date.now();
  for (;;) {
    const started = await CancellationScope.nonCancellable(() => postAndFind(job));
    if (started.outcome === 'started') return started;
    if (Date.now() + started.retryAfterMs - begunMs > job.policy.unreachableAfterMs) {
      throw attemptFailed({
        code: started.reason === 'too-many-requests' ? started.reason : 'basiq-unreachable',
        detail: `Nothing was begun at Basiq (${started.reason})`,
      });
    }
    // Only here can a cancellation end it: nothing is under way at Basiq.
    await sleep(started.retryAfterMs, { summary: `Basiq could not be asked (${started.reason})` });
  }
}

type Posted = Exclude<StartOutcome, { outcome: 'refused' | 'unknown' }>;

async function postAndFind(job: JobToStart): Promise<Posted> {
  const { userId, operation, subject } = job;
  const postedMs = Date.now();
  const posted = await post({ userId, operation, subject });
  switch (posted.outcome) {
    case 'started':
    case 'not-started':
      return posted;
    case 'refused':
      throw refused(posted.refusal);
    case 'unknown': {
      const jobId = await findJobOf(job, postedMs);
      if (jobId !== null) return { outcome: 'started', jobId, original: false };
      return { outcome: 'not-started', reason: posted.reason, retryAfterMs: posted.retryAfterMs };
    }
  }
}

async function post(input: StartJobInput): Promise<StartOutcome> {
  try {
    return await once(`POST ${input.operation.kind}`).startJob(input);
  } catch (error) {
    if (!(error instanceof ActivityFailure)) throw error;
    // The worker died, or was too slow to tell: what Basiq did is not known.
    return { outcome: 'unknown', reason: 'worker-lost', retryAfterMs: UNKNOWN_END_RETRY_MS };
  }
}

/** Looks, waits until a request that was still on its way must have ended, and looks again. */
async function findJobOf(job: JobToStart, postedMs: number): Promise<string | null> {
  for (const lastLook of [false, true]) {
    const { findStartedJob } = reads(
      'Looks for the job of a POST whose end is not known',
      job.policy.unreachableAfterMs,
    );
    const { userId, target, institutionId } = job;
    const search = await findStartedJob({
      userId,
      target,
      institutionId,
      sincePostMs: Date.now() - postedMs,
    });
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
        if (!lastLook)
          await sleep(search.lookAgainInMs, { summary: 'A request may still be on its way to Basiq' });
    }
  }
  return null;
}
