import { z } from 'zod';
import { errorRow } from './error-table';

/** Something else at Basiq or in Temporal that a failure is about. */
const Related = z.object({ kind: z.enum(['attempt', 'connection', 'job']), id: z.string() });
export type Related = z.output<typeof Related>;

/**
 * How an attempt failed. The workflow's ApplicationFailure has `code` as its type and this as its only detail.
 * Small on purpose: over 4 KB Temporal's server drops a failure's details.
 */
export const AttemptFailure = z.object({
  /** Basiq's code, or one of ours; docs/errors.md lists them. Unknown codes of Basiq's pass through. */
  code: z.string(),
  title: z.string(),
  detail: z.string().nullable(),
  /** Basiq's step, e.g. `verify-credentials`; null when no step failed */
  step: z.string().nullable(),
  jobId: z.string().nullable(),
  connectionId: z.string().nullable(),
  /** Basiq's name for the request, for its support; null when no request failed */
  correlationId: z.string().nullable(),
  actor: z.enum(['person', 'team', 'basiq-support', 'nobody']),
  remedy: z.string(),
  tryAgain: z.enum(['no', 'after-action', 'later']),
  related: z.array(Related),
});
export type AttemptFailure = z.output<typeof AttemptFailure>;

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

// Title and detail stand in the failure twice: in its message too.
const MAX_TITLE_BYTES = 200;
const MAX_DETAIL_BYTES = 700;

/** Completes what is known of a failure with the error table's advice. */
export function attemptFailure(facts: FailureFacts): AttemptFailure {
  const row = errorRow(facts.code);
  return {
    code: facts.code.slice(0, 100),
    // Basiq may leave the title out; an empty one would leave the failure without any message.
    title: cut(facts.title || row.title, MAX_TITLE_BYTES),
    detail: facts.detail == null ? null : cut(facts.detail, MAX_DETAIL_BYTES),
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

/** The text's beginning that has at most so many bytes in UTF-8. */
function cut(text: string, maxBytes: number): string {
  let bytes = 0;
  let length = 0;
  for (const character of text) {
    bytes += new TextEncoder().encode(character).length;
    if (bytes > maxBytes) break;
    length += character.length;
  }
  return text.slice(0, length);
}
