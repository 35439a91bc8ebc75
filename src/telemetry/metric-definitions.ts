/**
 * Every metric of ours: its name as the code gives it (Prometheus sees `_total` after a counter's), what it is, and a
 * histogram's bounds in seconds. No label holds a person's, connection's or job's id.
 */
export const COUNTERS = {
  basiq_attempts_ended: 'Attempts that ended, by operation, institution and outcome',
  basiq_outages: 'Attempts that met an outage of their bank and were parked by Basiq, by institution',
  basiq_calls: 'Requests sent to Basiq, by method, route and HTTP status or how they broke off',
  basiq_token_fetches: 'Tokens asked of Basiq, by scope and outcome',
} as const;

export const GAUGES = {
  basiq_attempts: 'Attempts that are open now, by phase, as Temporal counts them for the whole task queue',
  basiq_attempts_counted_timestamp_seconds: 'When this worker last had that count from Temporal, Unix time',
  basiq_worker_ready: '1 when /readyz would answer 200',
} as const;

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const HISTOGRAMS = {
  /** seconds without MFA, minutes with it, days with an outage */
  basiq_attempt_success_seconds: {
    help: 'From the start of an attempt to its success, by operation',
    bounds: [
      2,
      5,
      10,
      20,
      40,
      MINUTE,
      2 * MINUTE,
      5 * MINUTE,
      15 * MINUTE,
      HOUR,
      6 * HOUR,
      DAY,
      3 * DAY,
      7 * DAY,
    ],
  },
  basiq_mfa_answer_seconds: {
    help: "From a worker's taking of an MFA answer to Basiq's answer to it, by outcome (taken: Basiq's 202)",
    bounds: [0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60, 120],
  },
  /** Basiq tries every two hours, for seven days at most */
  basiq_outage_seconds: {
    help: "From an attempt's being parked to the outage's end for it, by institution and end",
    bounds: [
      5 * MINUTE,
      HOUR,
      2 * HOUR,
      4 * HOUR,
      8 * HOUR,
      DAY,
      2 * DAY,
      3 * DAY,
      5 * DAY,
      7 * DAY,
      8 * DAY,
    ],
  },
  basiq_call_seconds: {
    help: 'From the sending of a request to Basiq to the end of its answer, by method and route',
    bounds: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120],
  },
  basiq_call_wait_seconds: {
    help: 'How long a call waited for its turn under BASIQ_MAX_CALLS_PER_SECOND, by priority',
    bounds: [0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300],
  },
} as const satisfies Record<string, { help: string; bounds: readonly number[] }>;
