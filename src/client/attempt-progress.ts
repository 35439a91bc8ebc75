import type { WorkflowExecutionDescription } from '@temporalio/client';
import { Phase, type AttemptStatus } from '../contract/attempt-status';

/** The looks at a queued attempt. A parked workflow runs no task and cannot count them itself: Temporal does. */
export interface QueueLooks {
  /** how often the job was looked at since it was parked */
  made: number;
  /** ISO 8601; null while a look is under way */
  nextAt: string | null;
  /** why the last look did not bring news */
  lastResult: string | null;
}

export type AttemptProgress = AttemptStatus & {
  workflowId: string;
  /** null unless the attempt is queued */
  looks: QueueLooks | null;
};

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** The workflow's own status with what Temporal knows of its parked watch. */
export function attemptProgress(
  status: AttemptStatus,
  description: WorkflowExecutionDescription,
): AttemptProgress {
  const watch =
    status.phase === Phase.queued
      ? description.raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchJob')
      : undefined;
  return {
    ...status,
    workflowId: description.workflowId,
    looks: watch === undefined ? null : looksOf(watch),
  };
}

function looksOf(watch: PendingActivity): QueueLooks {
  const attempt = watch.attempt ?? 1;
  const underWay = watch.lastStartedTime != null && watch.scheduledTime == null;
  return {
    made: underWay ? attempt : attempt - 1,
    nextAt: underWay ? null : isoTime(watch.scheduledTime),
    lastResult: watch.lastFailure?.message ?? null,
  };
}

function isoTime(timestamp: PendingActivity['scheduledTime']): string | null {
  return timestamp?.seconds == null ? null : new Date(Number(timestamp.seconds) * 1_000).toISOString();
}
