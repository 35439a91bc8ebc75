import { metricMeter, workflowInfo } from '@temporalio/workflow';
import type { AttemptStatus } from '../contract/attempt-status';
import { Phase } from '../contract/phase';
import { isKnownErrorCode } from '../contract/error-table';
import { Meter } from '../telemetry/meter';

/** How the outage of a parked attempt ended. `unknown`: Basiq stopped telling before it did. */
export type OutageEnd = 'recovered' | 'expired' | 'cancelled' | 'unknown';

/**
 * Counts and times one attempt as its phases pass. Nothing of it is in history, and Temporal's meter is silent during a
 * replay; a task that is run twice counts twice.
 */
export class AttemptMetrics {
  private parkedAtMs: number | null = null;
  private ended = false;

  /** The attempt is shown to be in its present phase, which may be the one that it was in. */
  shown(status: AttemptStatus): void {
    const nowMs = Date.now();
    const { phase } = status;
    const institution = institutionLabel(status);
    if (phase === Phase.queued && this.parkedAtMs === null) {
      this.parkedAtMs = nowMs;
      meter().count('basiq_outages', { institution });
    }
    if (phase !== Phase.queued && this.parkedAtMs !== null) {
      meter().time('basiq_outage_seconds', nowMs - this.parkedAtMs, { institution, end: outageEnd(status) });
      this.parkedAtMs = null;
    }
    const outcome = outcomeLabel(status);
    if (outcome === null || this.ended) return;
    this.ended = true;
    const { operation } = status;
    meter().count('basiq_attempts_ended', { operation, institution, outcome });
    if (phase === Phase.succeeded) {
      meter().time('basiq_attempt_success_seconds', nowMs - workflowInfo().startTime.getTime(), {
        operation,
      });
    }
  }
}

/** One answer, from a worker's taking of it to what became of its POST. */
export function answerTimed(tookMs: number, outcome: string): void {
  meter().time('basiq_mfa_answer_seconds', tookMs, { outcome });
}

/** An input that says too little to be an attempt. */
export function invalidInputCounted(): void {
  meter().count('basiq_attempts_ended', {
    operation: 'unknown',
    institution: 'unknown',
    outcome: 'invalid-input',
  });
}

/** Null while the attempt goes on. Basiq's list of codes is open, a label's values are not. */
export function outcomeLabel({ phase, failure }: Pick<AttemptStatus, 'phase' | 'failure'>): string | null {
  switch (phase) {
    case Phase.succeeded:
    case Phase.cancelled:
      return phase;
    case Phase.failed:
      return failure !== null && isKnownErrorCode(failure.code) ? failure.code : 'other';
    default:
      return null;
  }
}

/** What a back-end gives as an institution may be anything, so it is a label only once Basiq has known it. */
export function institutionLabel({
  institutionId,
  institutionName,
  jobId,
}: Pick<AttemptStatus, 'institutionId' | 'institutionName' | 'jobId'>): string {
  return institutionId !== null && (institutionName !== null || jobId !== null) ? institutionId : 'unknown';
}

/** Of an attempt that is no longer queued. Any word of the bank's, a refusal too, shows that it is back. */
export function outageEnd({ phase, failure }: Pick<AttemptStatus, 'phase' | 'failure'>): OutageEnd {
  if (phase === Phase.cancelled) return 'cancelled';
  if (phase !== Phase.failed || failure === null) return 'recovered';
  if (failure.code === 'temporary-unavailable') return 'expired';
  return failure.step === null ? 'unknown' : 'recovered';
}

function meter(): Meter {
  return new Meter(metricMeter);
}
