import { asyncLocalStorage } from '@temporalio/activity';
import type { BasiqCall } from '../basiq/basiq-client';
import type { Logger } from '../log';
import { logEvent } from './log-events';
import { writeEvent } from './write-event';

/**
 * A line for a call to Basiq, with the attempt's ids when an activity made it. A token that many wait for is fetched in
 * the name of the first of them.
 */
export function logBasiqCall(logger: Logger, call: BasiqCall): void {
  const { method, route, status, durationMs, errorCode, correlationId } = call;
  const event = needsEyes(call) ? 'basiq-call-failed' : 'basiq-call';
  const fields = { method, route, status, durationMs, errorCode, correlationId };
  const activity = asyncLocalStorage.getStore();
  if (activity === undefined) writeEvent(logger, event, fields);
  else logEvent(activity.log, event, fields);
}

/**
 * A read that fails is tried again. A POST is not: it is a job, an answer or a token. But a 400 to a job or an answer is
 * what Basiq says to a wrong one, and the attempt tells of it.
 */
export function needsEyes({ method, route, status, errorCode }: BasiqCall): boolean {
  if (errorCode === null || errorCode === 'cancelled' || method !== 'POST') return false;
  return route === '/token' || status !== 400;
}
