import type { WorkflowExecutionDescription } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
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
  /**
   * Whether the workflow runs. One that was ended from outside (terminated, timed out) could not say so itself: its
   * phase is the one it was in.
   */
  execution: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed-out';
  /** null unless the attempt is queued */
  looks: QueueLooks | null;
};

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];

/** The workflow's own status with what Temporal knows of it and of its parked watch. */
export function attemptProgress(
  status: AttemptStatus,
  { workflowId, status: { name }, raw }: WorkflowExecutionDescription,
): AttemptProgress {
  const watch =
    status.phase === Phase.queued
      ? raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchJob')
      : undefined;
  const looks = watch === undefined ? null : looksOf(watch);
  return { ...status, workflowId, execution: executionOf(name), looks };
}

function executionOf(name: WorkflowExecutionDescription['status']['name']): AttemptProgress['execution'] {
  switch (name) {
    case 'COMPLETED':
      return 'completed';
    case 'FAILED':
      return 'failed';
    case 'CANCELLED':
      return 'cancelled';
    case 'TERMINATED':
      return 'terminated';
    case 'TIMED_OUT':
      return 'timed-out';
    default:
      return 'running';
  }
}

const { PENDING_ACTIVITY_STATE_STARTED } = temporal.api.enums.v1.PendingActivityState;

function looksOf({ attempt, state, scheduledTime, lastFailure }: PendingActivity): QueueLooks {
  const underWay = state === PENDING_ACTIVITY_STATE_STARTED;
  return {
    made: (attempt ?? 1) - (underWay ? 0 : 1),
    nextAt: underWay ? null : isoTime(scheduledTime),
    lastResult: lastFailure?.message ?? null,
  };
}

function isoTime(timestamp: PendingActivity['scheduledTime']): string | null {
  return timestamp?.seconds == null ? null : new Date(Number(timestamp.seconds) * 1_000).toISOString();
}
