import type { DiagLogger } from '@opentelemetry/api';
import { z } from 'zod';
import type { Logger } from '../log';
import { writeEvent } from './write-event';

const REPORT_EVERY_MS = 10 * 60_000;

/** OpenTelemetry hands its errors over as JSON text; only a code of Node's or a status is taken from it. */
const Problem = z.object({ code: z.string().regex(/^\w{1,40}$/) });

/**
 * Where OpenTelemetry reports what goes wrong with sending. A collector that is down hurts no attempt, so it is worth a
 * line now and then and no more.
 */
export function tracingTrouble(logger: Logger, nowMs = () => performance.now()): DiagLogger {
  let problems = 0;
  let reportedAtMs = -Infinity;
  const report = (message: string) => {
    problems += 1;
    if (nowMs() - reportedAtMs < REPORT_EVERY_MS) return;
    writeEvent(logger, 'traces-not-sent', { problems, reason: codeIn(message) });
    problems = 0;
    reportedAtMs = nowMs();
  };
  const nothing = () => undefined;
  return { error: report, warn: report, info: nothing, debug: nothing, verbose: nothing };
}

function codeIn(message: string): string | null {
  try {
    return Problem.parse(JSON.parse(message)).code;
  } catch {
    return null;
  }
}
