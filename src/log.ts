import { DefaultLogger, type LogLevel } from '@temporalio/worker';
import { pino, type DestinationStream, type Logger } from 'pino';

export type { Logger };

/** JSON lines on standard output. Nothing that holds a secret is ever passed to it. */
export function createLogger(level: string, to: DestinationStream = pino.destination(1)): Logger {
  const { err: error } = pino.stdSerializers;
  // Temporal's SDK calls its errors `error`, which pino alone would write as {}.
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime, serializers: { error } }, to);
}

const PINO_LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

/**
 * Temporal's own messages, and what workflows and activities log through its SDK, in the same stream. Never its TRACE:
 * those lines are whole activations, with every payload, and a plain answer that was refused is in one. An attempt that
 * failed has said so itself; Temporal's line for it adds a stack trace that leads nowhere.
 */
export function temporalLogger(logger: Logger): DefaultLogger {
  return new DefaultLogger('DEBUG', ({ level, message, meta }) => {
    const shown = message === 'Workflow failed' ? 'DEBUG' : level;
    logger[PINO_LEVELS[shown]](meta ?? {}, message);
  });
}
