import type { MfaRequest, JobView } from '../basiq/job';
import type { Refusal } from './basiq-refusal';

/** A challenge with what this worker's configuration says of it. */
export interface AskedChallenge extends MfaRequest {
  kind: 'answer' | 'approve';
  plainAnswersAllowed: boolean;
}

/** A parked job's place in Basiq's queue; milliseconds. */
export interface ParkedFor {
  ageMs: number;
  givesUpInMs: number;
  tryEveryMs: number;
  /** for the activity's schedule-to-close: a Basiq that falls silent */
  backstopInMs: number;
}

export type Progress =
  | { state: 'running' }
  | { state: 'challenged'; challenge: AskedChallenge }
  | { state: 'queued'; parked: ParkedFor }
  | { state: 'succeeded' }
  | { state: 'failed'; failure: Extract<JobView, { state: 'failed' }>['failure'] };

/** What the workflow was last told of the job; the watch returns when there is something else to tell. */
export interface Seen {
  digest: string;
  state: JobView['state'];
}

export type Observation =
  | { kind: 'news'; seen: Seen; facts: JobFacts; progress: Progress }
  /** still parked after the seven days that Basiq allows itself */
  | { kind: 'ceiling' }
  /** nothing moved for `stalledAfterMs` */
  | { kind: 'stalled' }
  /** no good answer for `unreachableAfterMs`; reason is the last error's code */
  | { kind: 'unreachable'; reason: string }
  /** Basiq does not know the job */
  | { kind: 'refused'; refusal: Refusal };

export type JobFacts = Pick<JobView, 'jobId' | 'connectionId' | 'institutionId' | 'steps'>;
