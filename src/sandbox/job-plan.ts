import type { BankBehaviour } from './bank-behaviour';
import type { Challenge, Person } from './people';
import type { QueueCadence } from './retry-queue';

export type ApiVersion = '2.0' | '2.1' | '3.0';

/** What is settled when a job is made. Passwords are not in it: they were compared and forgotten. */
export interface JobPlan {
  jobId: string;
  userId: string;
  connectionId: string;
  institutionId: string;
  kind: 'create' | 'update' | 'refresh';
  createdAtMs: number;
  /** How long each step takes at this bank. */
  stepMs: number;
  cadence: QueueCadence;
  apiVersion: ApiVersion;
  /** Who signed in; null when login and password belong to nobody. */
  person: Person | null;
  /** The rounds of challenges that the bank will ask in this job. */
  challenges: readonly Challenge[];
  neverStarts: boolean;
}

/** An answer as it was judged when it came. */
export interface MfaAnswer {
  atMs: number;
  /** From 1. */
  round: number;
  /** `repeated`: came while an accepted answer was still settling. */
  verdict: 'accepted' | 'rejected' | 'repeated';
  /** Rejected by a bank whose wrong answers fail the step. */
  failsStep: boolean;
}

export interface JobHistory {
  plan: JobPlan;
  answers: readonly MfaAnswer[];
  behaviourAt: (timeMs: number) => BankBehaviour;
}
