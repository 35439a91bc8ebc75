import { setCurrentDetails, upsertSearchAttributes } from '@temporalio/workflow';
import type { JobFacts } from '../activities/observation';
import { subjectOf, type Attempt } from '../contract/attempt-input';
import type { AttemptStatus, Challenge, Outage, WaitingOn } from '../contract/attempt-status';
import { Phase } from '../contract/phase';
import type { AttemptFailure } from '../contract/failures';
import {
  BASIQ_CONNECTION_ID,
  BASIQ_JOB_ID,
  BASIQ_USER_ID,
  CONNECTION_PHASE,
  INSTITUTION_ID,
  WAITING_ON,
} from '../contract/search-attributes';
import { AttemptMetrics } from './attempt-metrics';
import { currentDetails } from './current-details';
import type { Refused } from './mfa-acceptance';

/** What the world is shown of an attempt: the query's answer, the search attributes and the text in Temporal's UI. */
export class StatusBoard {
  readonly status: AttemptStatus;
  /** as last upserted; an upsert costs a history event, so only what changed is sent */
  private readonly listed = new Map<string, string>();
  private readonly metrics = new AttemptMetrics();

  constructor({ userId, operation }: Attempt) {
    this.status = {
      userId,
      operation: operation.kind,
      subject: subjectOf(operation),
      phase: Phase.submitting,
      waitingOn: 'basiq',
      waitingUntil: null,
      jobId: null,
      connectionId: 'connectionId' in operation ? operation.connectionId : null,
      institutionId: 'institutionId' in operation ? operation.institutionId : null,
      institutionName: null,
      steps: [],
      challenge: null,
      outage: null,
      failure: null,
      lastIgnoredAnswer: null,
    };
  }

  starting(): void {
    this.show(Phase.submitting, 'basiq');
  }

  institution(id: string | null, name: string | null): void {
    this.status.institutionId = id ?? this.status.institutionId;
    this.status.institutionName = name;
  }

  /** Not yet listed under the job: while two attempts find the same one, neither must see the other. */
  jobFound(jobId: string): void {
    this.status.jobId = jobId;
  }

  jobStarted(jobId: string): void {
    this.status.jobId = jobId;
    this.status.steps = [];
    this.show(Phase.verifying, 'bank');
  }

  jobMoved({ connectionId, institutionId, steps }: JobFacts): void {
    this.status.connectionId = connectionId ?? this.status.connectionId;
    this.status.institutionId = institutionId ?? this.status.institutionId;
    this.status.steps = steps;
  }

  asking(challenge: Challenge): void {
    this.show(Phase.awaitingMfa, 'user', { challenge, waitingUntil: challenge.deadlineAt });
  }

  /** The challenge stays readable while its answer is checked. */
  confirming(challenge: Challenge): void {
    this.show(Phase.confirmingMfa, 'bank', { challenge });
  }

  parked(outage: Outage): void {
    this.show(Phase.queued, 'bank', { outage, waitingUntil: outage.until });
  }

  /** Between two tries of a refresh. */
  waitingToRefresh(outage: Outage): void {
    this.show(Phase.submitting, 'bank', { outage, waitingUntil: outage.until });
  }

  running(phase: Phase): void {
    this.show(phase, 'bank');
  }

  succeeded(): void {
    this.show(Phase.succeeded, 'nobody');
  }

  failed(failure: AttemptFailure): void {
    this.status.failure = failure;
    this.show(Phase.failed, 'nobody');
  }

  cancelled(): void {
    this.show(Phase.cancelled, 'nobody');
  }

  /** A good answer came: what was wrong with one before it is of no interest any more. */
  answerTaken(): void {
    this.status.lastIgnoredAnswer = null;
  }

  ignoredAnswer({ reason, message }: Refused, nowMs: number): void {
    this.status.lastIgnoredAnswer = { reason, message, at: new Date(nowMs).toISOString() };
    setCurrentDetails(currentDetails(this.status));
  }

  private show(
    phase: Phase,
    waitingOn: WaitingOn,
    wait: { challenge?: Challenge; outage?: Outage; waitingUntil?: string } = {},
  ): void {
    Object.assign(this.status, {
      phase,
      waitingOn,
      challenge: null,
      outage: null,
      waitingUntil: null,
      ...wait,
    });
    this.metrics.shown(this.status);
    this.publish();
  }

  private publish(): void {
    const { phase, waitingOn, institutionId, userId, connectionId, jobId } = this.status;
    const changed = [
      { key: CONNECTION_PHASE, value: phase },
      { key: WAITING_ON, value: waitingOn },
      { key: INSTITUTION_ID, value: institutionId },
      { key: BASIQ_USER_ID, value: userId },
      { key: BASIQ_CONNECTION_ID, value: connectionId },
      { key: BASIQ_JOB_ID, value: jobId },
    ].flatMap(({ key, value }) =>
      value === null || this.listed.get(key.name) === value ? [] : [{ key, value }],
    );
    for (const { key, value } of changed) this.listed.set(key.name, value);
    if (changed.length > 0) upsertSearchAttributes(changed);
    setCurrentDetails(currentDetails(this.status));
  }
}
