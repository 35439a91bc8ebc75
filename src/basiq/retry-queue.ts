const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** HTTP's Date counts whole seconds, so no age is known better than this. */
const DATE_HEADER_MS = 2_000;

/**
 * How Basiq works off a create or update that met an unavailable bank (Basiq 2.1, "temporary-unavailable-queued"): a
 * try every two hours, for up to seven days or 84 tries. All lengths are milliseconds.
 */
export interface QueuePeriods {
  tryEveryMs: number;
  givesUpAfterMs: number;
  /** How long after that the job may still say "queued" before we end the attempt ourselves. */
  ceilingGraceMs: number;
  /** How long after a try is due we look, so that Basiq has had time to make it. */
  lookAfterTryMs: number;
  /** Spreads the looks of many attempts that were parked by the same outage. */
  lookSpreadMs: number;
  /** The wait after a look that Basiq did not answer. */
  lookAgainAfterErrorMs: number;
  /** A day past the ceiling: for a Basiq that never answers again, so that the activity itself cannot decide. */
  backstopAfterMs: number;
}

/** The periods divided by `scale`: 1 for Basiq itself, more for a sandbox whose queue runs faster by as much. */
export function queuePeriods(scale: number): QueuePeriods {
  return {
    tryEveryMs: (2 * HOUR_MS) / scale,
    givesUpAfterMs: (7 * DAY_MS) / scale,
    ceilingGraceMs: Math.max(HOUR_MS / scale, DATE_HEADER_MS),
    lookAfterTryMs: MINUTE_MS / scale,
    lookSpreadMs: MINUTE_MS / scale,
    lookAgainAfterErrorMs: (5 * MINUTE_MS) / scale,
    backstopAfterMs: (8 * DAY_MS) / scale,
  };
}

export interface QueuePosition {
  /** since the job was created */
  ageMs: number;
  nextTryInMs: number;
  givesUpInMs: number;
  pastCeiling: boolean;
}

/**
 * Where a parked job stands, by Basiq's clock alone: `basiqNowMs` is the Date header that came with the job. The next
 * try is a whole number of periods after the job last moved, whether or not Basiq moves `updated` at each try.
 */
export function queuePosition(
  job: { createdAt: string | null; updatedAt: string | null },
  basiqNowMs: number | null,
  periods: QueuePeriods,
): QueuePosition {
  const createdMs = timeOr(job.createdAt, basiqNowMs ?? 0);
  const movedMs = Math.max(createdMs, timeOr(job.updatedAt, createdMs));
  // Without Basiq's clock the job is at least as old as when it last moved; then the activity's own limit must do.
  const nowMs = basiqNowMs ?? movedMs;
  const ageMs = Math.max(0, nowMs - createdMs);
  const sinceMovedMs = Math.max(0, nowMs - movedMs);
  return {
    ageMs,
    nextTryInMs: periods.tryEveryMs - (sinceMovedMs % periods.tryEveryMs),
    givesUpInMs: Math.max(0, periods.givesUpAfterMs - ageMs),
    pastCeiling: ageMs >= periods.givesUpAfterMs + periods.ceilingGraceMs,
  };
}

/** How long to wait for the next look; `spread` is a random number from 0 to 1. Never past the ceiling. */
export function nextLookInMs(position: QueuePosition, periods: QueuePeriods, spread: number): number {
  const afterTheTry = position.nextTryInMs + periods.lookAfterTryMs + spread * periods.lookSpreadMs;
  const toTheCeiling = periods.givesUpAfterMs + periods.ceilingGraceMs - position.ageMs;
  return Math.max(1, Math.ceil(Math.min(afterTheTry, toTheCeiling)));
}

function timeOr(iso: string | null, fallbackMs: number): number {
  const ms = iso === null ? NaN : Date.parse(iso);
  return Number.isNaN(ms) ? fallbackMs : ms;
}
