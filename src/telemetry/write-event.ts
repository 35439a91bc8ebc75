import type { Logger } from '../log';
import { logEvent, type LogEvent, type LogFields } from './log-events';

/** Writes a line of the worker itself, which belongs to no attempt. */
export function writeEvent<E extends LogEvent>(logger: Logger, event: E, fields: LogFields<E>): void {
  logEvent(
    {
      debug: (message, attributes) => logger.debug(attributes, message),
      info: (message, attributes) => logger.info(attributes, message),
      warn: (message, attributes) => logger.warn(attributes, message),
    },
    event,
    fields,
  );
}
