/** A value in a log line. Scalars alone: no line can carry a payload. */
export type LogValue = string | number | boolean | null;

export interface LogEventRow {
  level: 'debug' | 'info' | 'warn';
  /** attempt: Temporal adds `workflowId`, `runId` and more. call: so too, but for calls that belong to no attempt. */
  of: 'attempt' | 'call' | 'worker';
  /** the line's `msg` */
  message: string;
  fields: readonly string[];
}

const row = <const Fields extends readonly string[]>(
  level: LogEventRow['level'],
  of: LogEventRow['of'],
  message: string,
  fields: Fields,
) => ({ level, of, message, fields }) satisfies LogEventRow;

const CALL = ['method', 'route', 'status', 'durationMs', 'errorCode', 'correlationId'] as const;

const VERSION = ['deployment', 'buildId'] as const;

/**
 * Every kind of line that a worker writes by itself: its `event`, its fields. docs/operations.md says when. The names
 * stay as they are: people search for them, and alert on them.
 */
export const LOG_EVENTS = {
  'attempt-started': row('info', 'attempt', 'Attempt started', [
    'operation',
    'userId',
    'institutionId',
    'connectionId',
  ]),
  'job-started': row('info', 'attempt', 'Basiq has a job for the attempt', ['jobId', 'how']),
  'job-adopted': row('info', 'attempt', 'The attempt watches a job that something else began', ['jobId']),
  'start-unknown': row('warn', 'attempt', 'It is not known whether Basiq made a job; looks for it', [
    'reason',
  ]),
  'start-delayed': row('warn', 'attempt', 'Basiq could not begin a job now; asks again', [
    'reason',
    'waitMs',
  ]),
  'challenge-asked': row('info', 'attempt', 'The bank asks the person', [
    'jobId',
    'challengeId',
    'round',
    'kind',
    'method',
    'prompts',
    'deadlineAt',
  ]),
  'answer-sent': row('info', 'attempt', 'An MFA answer was handed to Basiq', [
    'jobId',
    'challengeId',
    'outcome',
    'reason',
    'correlationId',
  ]),
  'answer-judged': row('info', 'attempt', 'The verdict on an MFA answer', [
    'jobId',
    'challengeId',
    'verdict',
  ]),
  'answer-ignored': row('warn', 'attempt', 'An MFA answer was ignored', ['jobId', 'reason']),
  'outage-began': row('info', 'attempt', "The bank is unavailable; the job waits in Basiq's queue", [
    'jobId',
    'institutionId',
    'since',
    'until',
  ]),
  'outage-ended': row('info', 'attempt', "The job no longer waits in Basiq's queue", [
    'jobId',
    'institutionId',
    'since',
    'lastedMs',
    'now',
  ]),
  'refresh-delayed': row('info', 'attempt', 'The bank is unavailable; refreshes again later', [
    'jobId',
    'institutionId',
    'until',
  ]),
  'attempt-succeeded': row('info', 'attempt', 'Attempt succeeded', ['jobId', 'connectionId', 'lastedMs']),
  'attempt-failed': row('info', 'attempt', 'Attempt failed', [
    'code',
    'step',
    'actor',
    'jobId',
    'connectionId',
    'correlationId',
    'lastedMs',
  ]),
  'attempt-cancelled': row('info', 'attempt', 'Attempt cancelled', ['jobId', 'connectionId', 'lastedMs']),
  'basiq-call': row('debug', 'call', 'Basiq call', CALL),
  'basiq-call-failed': row('warn', 'call', 'Basiq call failed', CALL),
  'worker-ready': row('info', 'worker', 'Worker is ready', ['taskQueue', 'namespace', 'basiq']),
  'plain-secrets-allowed': row(
    'warn',
    'worker',
    'ALLOW_PLAIN_SECRETS is on: passwords sent in plain text stay readable in Temporal. For a sandbox only.',
    [],
  ),
  'api-version-unchecked': row(
    'warn',
    'worker',
    'Basiq cannot be reached; the API version of the key is not checked',
    ['code'],
  ),
  'api-version-unknown': row(
    'warn',
    'worker',
    'The token does not say which API version it is for; attempts need 2.1',
    [],
  ),
  'search-attributes-unchecked': row(
    'warn',
    'worker',
    'This server does not say which search attributes it has; they are not checked',
    [],
  ),
  'deployments-unchecked': row(
    'warn',
    'worker',
    'This server does not let us read worker deployments; it is not checked whether attempts come to this version',
    [],
  ),
  'version-unrouted': row(
    'warn',
    'worker',
    'No attempt comes to this version: it is neither current nor ramping. `command` makes it current',
    ['deployment', 'buildId', 'command'],
  ),
  'version-current': row('info', 'worker', 'This version is current: new attempts begin on it', VERSION),
  'version-ramping': row(
    'info',
    'worker',
    'This version is ramping: a part of the new attempts begins on it',
    [...VERSION, 'percentage'],
  ),
  'version-draining': row(
    'info',
    'worker',
    'No new attempt comes to this version; keep its workers until those that it began have ended',
    VERSION,
  ),
  'version-drained': row(
    'info',
    'worker',
    'This version is drained: no open attempt needs it, so its workers may be stopped',
    VERSION,
  ),
  'endpoints-served': row('info', 'worker', 'Health and metrics are served', ['host', 'port']),
  'attempts-not-counted': row(
    'warn',
    'worker',
    'Temporal did not count the open attempts; basiq_attempts is not renewed',
    ['reason'],
  ),
  'traces-not-sent': row('warn', 'worker', 'Traces could not be sent', ['problems', 'reason']),
} as const;

export type LogEvent = keyof typeof LOG_EVENTS;
export type LogFields<E extends LogEvent> = Readonly<
  Record<(typeof LOG_EVENTS)[E]['fields'][number], LogValue>
>;

/** Temporal's loggers, of workflows and of activities. */
export type LogTo = Readonly<
  Record<LogEventRow['level'], (message: string, attributes: Record<string, LogValue>) => void>
>;

/** Writes a line, without the fields that are null; `level` where it is not the table's. */
export function logEvent<E extends LogEvent>(
  log: LogTo,
  event: E,
  fields: LogFields<E>,
  level: LogEventRow['level'] = LOG_EVENTS[event].level,
): void {
  const known = Object.entries<LogValue>(fields).filter(([, value]) => value !== null);
  log[level](LOG_EVENTS[event].message, { event, ...Object.fromEntries(known) });
}
