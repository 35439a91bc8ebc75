import { errorRow, type ErrorRow } from './error-table';

/** Something else at Basiq or in Temporal that a failure is about. */
export interface Related {
  kind: 'attempt' | 'connection' | 'job';
  id: string;
}

/**
 * How an attempt failed. The workflow's ApplicationFailure has `code` as its type and this as its only detail.
 * Small on purpose: over 4 KB Temporal's server drops a failure's details.
 */
export interface AttemptFailure {
  /** Basiq's code, or one of ours; docs/errors.md lists them. Unknown codes of Basiq's pass through. */
  code: string;
  title: string;
  detail: string | null;
  /** Basiq's step, e.g. `verify-credentials`; null when no step failed */
  step: string | null;
  jobId: string | null;
  connectionId: string | null;
  /** Basiq's name for the request, for its support; null when no request failed */
  correlationId: string | null;
  actor: ErrorRow['actor'];
  remedy: string;
  tryAgain: ErrorRow['tryAgain'];
  related: Related[];
}

export interface FailureFacts {
  code: string;
  title?: string;
  detail?: string | null;
  step?: string | null;
  jobId?: string | null;
  connectionId?: string | null;
  correlationId?: string | null;
  remedy?: string;
  related?: Related[];
}

const MAX_TEXT = 500;

/** Completes what is known of a failure with the error table's advice. */
export function attemptFailure(facts: FailureFacts): AttemptFailure {
  const row = errorRow(facts.code);
  return {
    code: facts.code.slice(0, 100),
    title: (facts.title ?? row.title).slice(0, MAX_TEXT),
    detail: facts.detail?.slice(0, MAX_TEXT) ?? null,
    step: facts.step?.slice(0, 100) ?? null,
    jobId: facts.jobId ?? null,
    connectionId: facts.connectionId ?? null,
    correlationId: facts.correlationId ?? null,
    actor: row.actor,
    remedy: facts.remedy ?? row.remedy,
    tryAgain: row.tryAgain,
    related: (facts.related ?? []).slice(0, 10),
  };
}
