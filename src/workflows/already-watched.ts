import { ActivityFailure, isCancellation } from '@temporalio/workflow';
import { reads } from './activity-proxies';
import { attemptFailed } from './attempt-failed';

/** A person may be waiting, so Temporal's list is not waited for any longer. */
const VISIBILITY_WAIT_MS = 30_000;

/** Ends the attempt when another one watches the job already: a challenge must not have two answerers. */
export async function refuseIfWatched(jobId: string): Promise<void> {
  const workflowId = await otherWatcher(jobId);
  if (workflowId === null) return;
  throw attemptFailed({ code: 'already-watched', jobId, related: [{ kind: 'attempt', id: workflowId }] });
}

async function otherWatcher(jobId: string): Promise<string | null> {
  try {
    const { findOtherWatcher } = reads('Looks for another attempt on this job', VISIBILITY_WAIT_MS);
    return (await findOtherWatcher({ jobId })).workflowId;
  } catch (error) {
    // Temporal's own list did not answer. The person's job matters more than a second watcher, which is rare.
    if (error instanceof ActivityFailure && !isCancellation(error)) return null;
    throw error;
  }
}
