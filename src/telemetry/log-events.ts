/** A value in a log line. Scalars alone: no line can carry a payload. */
export type LogValue = string | number | boolean | null;

export interface LogEventRow {
  level: 'debug' | 'info' | 'warn';
  /** the line's `msg` */
  message: string;
  fields: readonly string[];
}

const row = <const Fields extends readonly string[]>(
  level: LogEventRow['level'],
  message: string,
  fields: Fields,
) => ({ level, message, fields }) satisfies LogEventRow;

/**
 * Every kind of line that the worker writes itself: its `event`, and its fields beside those that Temporal adds to
 * a line of an attempt (`workflowId`, `runId`, …). docs/operations.md explains them. The names stay as they are: people
 * search for them, and alert on them.
 */
export const LOG_EVENTS = {
  'traces-not-sent': row('warn', 'Traces could not be sent', ['problems', 'reason']),
} as const;

export type LogEvent = keyof typeof LOG_EVENTS;
export type LogFields<E extends LogEvent> = Readonly<
  Record<(typeof LOG_EVENTS)[E]['fields'][number], LogValue>
>;

/** Where a line can go: Temporal's loggers for workflows and activities. */
export type LogTo = Readonly<
  Record<LogEventRow['level'], (message: string, attributes: Record<string, LogValue>) => void>
>;

/** Writes a line of an attempt. `level` where that is not the table's. */
export function logEvent<E extends LogEvent>(
  log: LogTo,
  event: E,
  fields: LogFields<E>,
  level: LogEventRow['level'] = LOG_EVENTS[event].level,
): void {
  log[level](LOG_EVENTS[event].message, { event, ...fields });
}
