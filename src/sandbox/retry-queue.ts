/**
 * Basiq's retry queue (Basiq 2.1 docs, "Retry queue"): a create or update whose bank is down is parked and
 * tried again every two hours, up to seven days or 84 tries. Nothing here runs on a timer: where a parked job
 * stands is worked out from the time that has passed, so that a test may jump over a week.
 */
export interface QueueCadence {
  everyMs: number;
  ceilingMs: number;
  maxTries: number;
}

const HOUR_MS = 3_600_000;

export function queueCadence(scale: number): QueueCadence {
  return { everyMs: (2 * HOUR_MS) / scale, ceilingMs: (7 * 24 * HOUR_MS) / scale, maxTries: 84 };
}

export type QueuePosition = { tries: number } & (
  | { state: 'waiting'; updatedAtMs: number }
  | { state: 'trying'; startedAtMs: number }
  | { state: 'recovered'; startedAtMs: number; tryTakesMs: number }
  | { state: 'gave-up'; atMs: number }
);

export interface ParkedJob {
  parkedAtMs: number;
  cadence: QueueCadence;
  /** Does the job's nth try, which starts at this time, find the bank up? */
  findsBankUp: (tryNumber: number, startedAtMs: number) => boolean;
  /** How long a try that starts at this time shows verify-credentials in progress. */
  tryTakesMs: (startedAtMs: number) => number;
}

export function queuePosition(job: ParkedJob, nowMs: number): QueuePosition {
  const { parkedAtMs, cadence } = job;
  let updatedAtMs = parkedAtMs;
  let tries = 0;
  while (tries < cadence.maxTries) {
    const startedAtMs = parkedAtMs + (tries + 1) * cadence.everyMs;
    // The scaled interval may not divide evenly: the last of 84 tries must not miss the ceiling by a rounding.
    if (startedAtMs > nowMs || startedAtMs > parkedAtMs + cadence.ceilingMs + 1) break;
    tries += 1;
    // A try ends well before the next begins, however fast the queue's clock was made.
    const tryTakesMs = Math.min(job.tryTakesMs(startedAtMs), cadence.everyMs / 4);
    if (job.findsBankUp(tries, startedAtMs)) return { tries, state: 'recovered', startedAtMs, tryTakesMs };
    if (nowMs < startedAtMs + tryTakesMs) return { tries, state: 'trying', startedAtMs };
    updatedAtMs = startedAtMs + tryTakesMs;
  }
  const isOver = tries >= cadence.maxTries || (tries + 1) * cadence.everyMs > cadence.ceilingMs + 1;
  return isOver ? { tries, state: 'gave-up', atMs: updatedAtMs } : { tries, state: 'waiting', updatedAtMs };
}
