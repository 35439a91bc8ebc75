import type { AttemptFailure, AttemptInput, AttemptProgress, AttemptResult } from '../src/client';
import type { SandboxJob } from '../test/sandbox-admin';
import type { Submission } from './submit-answer';

/** What was seen at one moment, in this order: Basiq, the attempt, Basiq again. */
export interface Observation {
  /** Temporal's clock */
  atMs: number;
  status: AttemptProgress;
  /** the job that the status names; null when it names none */
  before: SandboxJob | null;
  after: SandboxJob | null;
}

export type AttemptEnd =
  | { kind: 'succeeded'; result: AttemptResult }
  | { kind: 'failed'; failure: AttemptFailure }
  | { kind: 'cancelled' }
  | { kind: 'other'; error: unknown };

/** One attempt of a seed, as it was seen from outside. */
export interface AttemptRun {
  name: string;
  workflowId: string;
  /** a second start under the same id is another run */
  runId: string;
  request: AttemptInput;
  startedAtMs: number;
  cancelled: boolean;
  last: Observation | null;
  /** every text that a reader of the status was given */
  shown: string[];
  jobIds: Set<string>;
  challengeIds: string[];
  submissions: Submission[];
  end: AttemptEnd | null;
  endedAtMs: number | null;
  /** for how long status and job have told different things */
  disagreement: { sinceRealMs: number; sinceMs: number; looks: number } | null;
}

export function newRun(
  name: string,
  { workflowId, runId }: Pick<AttemptRun, 'workflowId' | 'runId'>,
  request: AttemptInput,
  nowMs: number,
): AttemptRun {
  return {
    name,
    workflowId,
    runId,
    request,
    startedAtMs: nowMs,
    cancelled: false,
    last: null,
    shown: [],
    jobIds: new Set(),
    challengeIds: [],
    submissions: [],
    end: null,
    endedAtMs: null,
    disagreement: null,
  };
}

export function textOfEnd(end: AttemptEnd | null): string {
  switch (end?.kind) {
    case undefined:
      return 'not at all';
    case 'failed':
      return `failed ${end.failure.code} at ${end.failure.step ?? 'no step'}: ${end.failure.detail ?? ''}`;
    case 'other':
      return `in an error: ${String(end.error)}`;
    case 'succeeded':
    case 'cancelled':
      return end.kind;
  }
}
