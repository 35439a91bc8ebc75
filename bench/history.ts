import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { CONNECTION_PHASE } from '../src/contract/search-attributes';
import type { BareStep } from './bare/workflows';

type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;
export type HistoryEvent = NonNullable<History['events']>[number];

export async function eventsOf(handle: WorkflowHandle): Promise<HistoryEvent[]> {
  return (await handle.fetchHistory()).events ?? [];
}

/**
 * What Temporal Cloud would count as Actions in this history: the start, each try of each activity, timers, upserts,
 * signals and updates. Heartbeats count too and leave no event.
 */
export function actionsIn(events: readonly HistoryEvent[]): number {
  let actions = 0;
  for (const event of events) {
    if (event.activityTaskStartedEventAttributes) {
      actions += event.activityTaskStartedEventAttributes.attempt ?? 1;
    } else if (
      event.workflowExecutionStartedEventAttributes ??
      event.timerStartedEventAttributes ??
      event.upsertWorkflowSearchAttributesEventAttributes ??
      event.workflowExecutionSignaledEventAttributes ??
      event.workflowExecutionUpdateAcceptedEventAttributes
    ) {
      actions += 1;
    }
  }
  return actions;
}

/** The activities and upserts of a history in their order, for a bare workflow to repeat. */
export function stepsIn(events: readonly HistoryEvent[]): BareStep[] {
  return events.flatMap((event): BareStep[] => {
    if (event.activityTaskScheduledEventAttributes) return [{ does: 'activity' }];
    const attributes = upsertedBy(event);
    return attributes === null ? [] : [{ does: 'upsert', attributes }];
  });
}

/** When the attempt left the phase, by Temporal's clock; null when it never was in it, or still is. */
export function leftPhaseAtMs(events: readonly HistoryEvent[], phase: string): number | null {
  let within = false;
  for (const event of events) {
    const now = upsertedBy(event)?.[CONNECTION_PHASE.name]?.[0];
    if (now === undefined) continue;
    if (within && now !== phase) return timeOf(event);
    within = now === phase;
  }
  return null;
}

export function timeOf({ eventTime }: HistoryEvent): number {
  return Number(eventTime?.seconds ?? 0) * 1000 + (eventTime?.nanos ?? 0) / 1e6;
}

function upsertedBy(event: HistoryEvent): Record<string, string[]> | null {
  const fields = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  if (!fields) return null;
  return Object.fromEntries(
    Object.entries(fields).map(([name, payload]) => [
      name,
      [defaultPayloadConverter.fromPayload<unknown>(payload)].flat().map(String),
    ]),
  );
}
