import type { Client } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { z } from 'zod';
import { asText } from '../test/end-to-end/secret-scan';
import type { AttemptRun } from './attempt-run';
import type { MortalActivities } from './mortal-activities';

type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

/** What is wanted of one attempt's history. */
export interface History {
  workflowId: string;
  /** one event a line */
  lines: string[];
  /** everything in it that can be read, payloads decoded */
  text: string;
  closings: number;
  failedTasks: string[];
  /** what a worker, or the machine, was too slow for; null: nothing */
  tooSlow: string | null;
  activities: ScheduledActivity[];
}

export interface ScheduledActivity {
  type: string;
  activityId: string;
  input: unknown;
  /** false: still open when the workflow closed */
  isClosed: boolean;
}

const { EventType, TimeoutType, WorkflowTaskFailedCause } = temporal.api.enums.v1;

export async function historyOf(client: Client, { workflowId, runId }: AttemptRun): Promise<History> {
  const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const list: HistoryEvent[] = events ?? [];
  const firstMs = timeOf(list[0]);
  const typeOfActivity = (scheduledEventId: string): string =>
    list.find(({ eventId }) => String(eventId) === scheduledEventId)?.activityTaskScheduledEventAttributes
      ?.activityType?.name ?? '';
  const closedIds = new Set(list.map(scheduledEventIdOf));
  return {
    workflowId,
    lines: list.map((event) => `+${((timeOf(event) - firstMs) / 1_000).toFixed(1)} s  ${summaryOf(event)}`),
    text: asText(list),
    closings: list.filter(isClosing).length,
    failedTasks: list.flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
      // A message that comes while a workflow ends is no failure of its code: the server asks again.
      failed == null || failed.cause === WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND
        ? []
        : [failed.failure?.message ?? String(failed.cause)],
    ),
    tooSlow: list.map((event) => tooSlowIn(event, typeOfActivity)).find((what) => what !== null) ?? null,
    activities: list.flatMap((event) => {
      const scheduled = event.activityTaskScheduledEventAttributes;
      if (scheduled == null) return [];
      const [input] = scheduled.input?.payloads ?? [];
      return [
        {
          type: scheduled.activityType?.name ?? '',
          activityId: scheduled.activityId ?? '',
          input: input === undefined ? null : defaultPayloadConverter.fromPayload<unknown>(input),
          isClosed: closedIds.has(String(event.eventId)),
        },
      ];
    }),
  };
}

const WatchInput = z.looseObject({ jobId: z.string() });

/** The jobs that the attempt has followed. */
export function watchedJobs({ activities }: History): string[] {
  return activities
    .filter(({ type }) => type === 'watchJob')
    .map(({ input }) => WatchInput.parse(input).jobId);
}

/** Activities that ran when the workflow closed: the test server keeps a lock for each. */
export function lostLocks({ workflowId, activities }: History, mortal: MortalActivities): number {
  return activities.filter(
    ({ activityId, isClosed }) => !isClosed && mortal.stateOf(workflowId, activityId) !== 'will-retry',
  ).length;
}

function timeOf(event: HistoryEvent | undefined): number {
  const { seconds, nanos } = event?.eventTime ?? {};
  return Number(seconds ?? 0) * 1_000 + (nanos ?? 0) / 1e6;
}

function scheduledEventIdOf(event: HistoryEvent): string {
  const end =
    event.activityTaskCompletedEventAttributes ??
    event.activityTaskFailedEventAttributes ??
    event.activityTaskTimedOutEventAttributes ??
    event.activityTaskCanceledEventAttributes;
  return String(end?.scheduledEventId ?? '');
}

function isClosing({ eventType }: HistoryEvent): boolean {
  return (
    eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED ||
    eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED ||
    eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCELED ||
    eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED ||
    eventType === EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIMED_OUT
  );
}

/** The schedule's own crashes are failures of the activity; a backstop that ended a watch is a limit of the product's. */
function tooSlowIn(event: HistoryEvent, typeOfActivity: (scheduledEventId: string) => string): string | null {
  if (event.eventType === EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT) return 'a workflow task timed out';
  const timeout = event.activityTaskTimedOutEventAttributes?.failure?.timeoutFailureInfo?.timeoutType;
  if (timeout == null) return null;
  const isWatch = ['watchJob', 'lookAtJob'].includes(typeOfActivity(scheduledEventIdOf(event)));
  return isWatch && timeout === TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE ? null : 'an activity timed out';
}

function summaryOf(event: HistoryEvent): string {
  const type = (EventType[event.eventType ?? 0] ?? '').replace('EVENT_TYPE_', '').toLowerCase();
  const { activityTaskFailedEventAttributes: failed, activityTaskTimedOutEventAttributes: timedOut } = event;
  const failure =
    failed?.failure ?? timedOut?.failure ?? event.workflowExecutionFailedEventAttributes?.failure;
  const about =
    event.activityTaskScheduledEventAttributes?.activityType?.name ??
    event.workflowExecutionSignaledEventAttributes?.signalName ??
    failure?.message ??
    '';
  return `${type} ${about}`.trim();
}
