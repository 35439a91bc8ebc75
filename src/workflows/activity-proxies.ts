import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../activities';
import type { ParkedFor } from '../activities/observation';

/**
 * The POSTs. They run once, whatever happens: a second try could make a second job, or spend a second MFA answer. An
 * end that is not known is cleared up by looking at Basiq.
 */
export const once = (summary: string, startWithinMs: number | null = null) =>
  proxyActivities<Pick<Activities, 'startJob' | 'answerChallenge'>>({
    startToCloseTimeout: '5m',
    // Longer than the watch's: a short break between worker and Temporal must not make the POST's end unknown.
    heartbeatTimeout: '20s',
    retry: { maximumAttempts: 1 },
    summary,
    ...(startWithinMs === null ? {} : { scheduleToStartTimeout: Math.max(1, startWithinMs) }),
  });

/**
 * Reads of Basiq and of Temporal: tried again until they pass or `giveUpAfterMs` is over. A cancelled attempt does not
 * wait for them: without a heartbeat they would not hear of it.
 */
export const reads = (summary: string, giveUpAfterMs: number) =>
  proxyActivities<
    Pick<
      Activities,
      'inspectTarget' | 'findStartedJob' | 'findOtherWatcher' | 'lookAtJob' | 'readInstitutionStatus'
    >
  >({
    startToCloseTimeout: '1m',
    scheduleToCloseTimeout: giveUpAfterMs,
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
    summary,
  });

/**
 * The watch of a running job. It may go on for as long as the job moves; a dead worker's watch goes on elsewhere within
 * seconds, since a person may be waiting.
 */
export const activeWatch = (summary: string) =>
  proxyActivities<Pick<Activities, 'watchJob'>>({
    startToCloseTimeout: '7d',
    heartbeatTimeout: '10s',
    retry: { initialInterval: '1s', backoffCoefficient: 1 },
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    summary,
  });

/**
 * The watch of a parked job: each attempt is one look, and the activity's own nextRetryDelay is the time to the next.
 * The policy's interval is only for a worker that dies during a look; with a backoff like the queue's, such a death
 * would delay the news by two hours. Schedule-to-close is for a Basiq that never answers again.
 */
export const parkedWatch = (summary: string, { backstopInMs }: ParkedFor) =>
  proxyActivities<Pick<Activities, 'watchJob'>>({
    startToCloseTimeout: '10m',
    scheduleToCloseTimeout: backstopInMs,
    heartbeatTimeout: '30s',
    retry: { initialInterval: '30s', maximumInterval: '30s', backoffCoefficient: 1 },
    cancellationType: ActivityCancellationType.TRY_CANCEL,
    summary,
  });
