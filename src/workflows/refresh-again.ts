import { ActivityFailure, isCancellation, sleep } from '@temporalio/workflow';
import type { JobFailure } from '../basiq/job';
import type { Attempt } from '../contract/attempt-input';
import { reads } from './activity-proxies';
import { logAttempt } from './attempt-log';
import type { StatusBoard } from './status-board';
import { toTheSecond } from './to-the-second';

/**
 * Whether a failed refresh is tried again. Basiq does not queue a refresh that meets an outage; its error guide says
 * to look at the institution and, unless it has a major outage, to try a second and a third time, ten minutes apart.
 */
export async function mayRefreshAgain(
  { operation, policy }: Attempt,
  board: StatusBoard,
  failure: JobFailure,
  tries: number,
): Promise<boolean> {
  if (operation.kind !== 'refresh' || failure.code !== 'service-unavailable') return false;
  if (tries >= policy.refreshTries) return false;
  const { institutionId } = board.status;
  return institutionId === null || !(await hasMajorOutage(institutionId, policy.unreachableAfterMs));
}

async function hasMajorOutage(institutionId: string, giveUpAfterMs: number): Promise<boolean> {
  try {
    const { readInstitutionStatus } = reads("Reads the institution's status", giveUpAfterMs);
    return (await readInstitutionStatus({ institutionId })).status === 'major-outage';
  } catch (error) {
    // Not known: the refresh itself will tell.
    if (error instanceof ActivityFailure && !isCancellation(error)) return false;
    throw error;
  }
}

export async function waitToRefresh({ policy }: Attempt, board: StatusBoard): Promise<void> {
  const nowMs = Date.now();
  const until = new Date(nowMs + policy.refreshRetryMs).toISOString();
  board.waitingToRefresh({ since: new Date(nowMs).toISOString(), until });
  const { jobId, institutionId } = board.status;
  logAttempt('refresh-delayed', { jobId, institutionId, until });
  await sleep(policy.refreshRetryMs, {
    summary: toTheSecond(`Bank unavailable; refreshes again at ${until}`),
  });
}
