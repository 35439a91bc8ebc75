/**
 * - `refused`: a definite answer, and nothing was done (a 4xx, or our own check of an id before sending).
 * - `not-sent`: it cannot have reached Basiq (DNS, connection refused, cancelled before its turn, no token).
 * - `unknown`: it may have been done (timeout, reset, 5xx, unreadable 2xx, cancelled in flight).
 */
export type CallOutcome = 'refused' | 'not-sent' | 'unknown';

export interface BasiqErrorFacts {
  outcome: CallOutcome;
  /** HTTP status, null without an answer */
  status: number | null;
  /** Basiq's own code, or `http-{status}` without one, or ours: see OWN_CODES */
  code: string;
  title: string;
  detail: string | null;
  /** Basiq's support asks for it */
  correlationId: string | null;
  /** wait this long before the next try; null when Basiq asked for nothing */
  retryAfterMs: number | null;
  method: string;
  /** a template such as `/users/{userId}/connections`, without ids */
  route: string;
}

export const OWN_CODES = [
  'network-error',
  'timeout',
  'cancelled',
  'malformed-response',
  'response-too-large',
  'redirect-refused',
  'api-key-refused',
  'invalid-id',
] as const;
export type OwnCode = (typeof OWN_CODES)[number];

/**
 * The only error that BasiqClient's methods reject with. It has no `cause`: undici's errors can hold the socket and
 * the request, hence a password. It holds no request body, no header and no id.
 */
export class BasiqError extends Error implements BasiqErrorFacts {
  override readonly name = 'BasiqError';
  readonly outcome: CallOutcome;
  readonly status: number | null;
  readonly code: string;
  readonly title: string;
  readonly detail: string | null;
  readonly correlationId: string | null;
  readonly retryAfterMs: number | null;
  readonly method: string;
  readonly route: string;

  constructor(facts: BasiqErrorFacts) {
    const what = [facts.status, facts.code].filter((part) => part !== null).join(' ');
    const text = facts.detail === null ? facts.title : `${facts.title} (${facts.detail})`;
    super(`${facts.method} ${facts.route}: ${what}: ${text}`);
    this.outcome = facts.outcome;
    this.status = facts.status;
    this.code = facts.code;
    this.title = facts.title;
    this.detail = facts.detail;
    this.correlationId = facts.correlationId;
    this.retryAfterMs = facts.retryAfterMs;
    this.method = facts.method;
    this.route = facts.route;
  }
}

/** An error of our own making: Basiq gave no error body to read. */
export function ownError(
  call: { method: string; route: string },
  outcome: CallOutcome,
  code: OwnCode,
  title: string,
  more: { status?: number | null; detail?: string | null } = {},
): BasiqError {
  return new BasiqError({
    outcome,
    code,
    title,
    status: more.status ?? null,
    detail: more.detail ?? null,
    correlationId: null,
    retryAfterMs: null,
    method: call.method,
    route: call.route,
  });
}

/** Basiq says 403 for an expired token, and 401 for one that it cannot read: that one would not get better. */
export function isExpiredToken(error: BasiqError): boolean {
  return error.status === 403 && error.code === 'access-denied' && /token.*expired/i.test(error.detail ?? '');
}
