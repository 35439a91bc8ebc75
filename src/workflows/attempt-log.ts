import { log, workflowInfo } from '@temporalio/workflow';
import type { AttemptFailure } from '../contract/failures';
import { logEvent, type LogEvent, type LogEventRow, type LogFields } from '../telemetry/log-events';

/** Writes a line of this attempt. A replay writes none again; a workflow task that is tried again does. */
export function logAttempt<E extends LogEvent>(
  event: E,
  fields: LogFields<E>,
  level?: LogEventRow['level'],
): void {
  logEvent(log, event, fields, level);
}

/** A failure that a person or the bank has caused is everyday; one that the team or Basiq must mend is not. */
export function logFailed({ code, step, actor, jobId, connectionId, correlationId }: AttemptFailure): void {
  const level = actor === 'team' || actor === 'basiq-support' ? 'warn' : 'info';
  const fields = { code, step, actor, jobId, connectionId, correlationId, lastedMs: lastedMs() };
  logAttempt('attempt-failed', fields, level);
}

/** Since the attempt was started, by the workflow's clock. */
export function lastedMs(): number {
  return Date.now() - workflowInfo().startTime.getTime();
}
