import { defaultPayloadConverter, fromPayloadsAtIndex } from '@temporalio/common';
import type { WorkflowHandle } from '@temporalio/client';
import { z } from 'zod';

const ParkedWatch = z.object({ seen: z.object({ state: z.literal('queued') }) });

/**
 * How often the job was looked at while Basiq had it parked. Each look is one attempt of the same activity, which leaves
 * no event of its own: the number stands in the one event that the activity's last attempt wrote.
 */
export async function looksWhileQueued(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  const parked = new Set<string>();
  let looks = 0;
  for (const { eventId, activityTaskScheduledEventAttributes: scheduled, ...event } of events ?? []) {
    if (scheduled?.activityType?.name === 'watchJob') {
      const input = fromPayloadsAtIndex(defaultPayloadConverter, 0, scheduled.input?.payloads);
      if (ParkedWatch.safeParse(input).success) parked.add(String(eventId));
    }
    const started = event.activityTaskStartedEventAttributes;
    if (started && parked.has(String(started.scheduledEventId))) looks += started.attempt ?? 0;
  }
  return looks;
}
