import { condition } from '@temporalio/workflow';
import type { Observation, ParkedFor, Progress, Seen } from '../activities/observation';
import type { JobFailure } from '../basiq/job';
import type { Attempt } from '../contract/attempt-input';
import type { AttemptResult, Outage } from '../contract/attempt-status';
import { attendChallenge } from './attend-challenge';
import { attemptFailed, refused } from './attempt-failed';
import { logAttempt } from './attempt-log';
import type { CheckNow } from './check-now';
import { JobWatch } from './job-watch';
import { lookBesideWatch, type Looked } from './look-beside-watch';
import type { MfaDesk } from './mfa-desk';
import { phaseOfJob } from './phase-of-job';
import type { StatusBoard } from './status-board';
import { toTheSecond } from './to-the-second';

export interface Following {
  attempt: Attempt;
  jobId: string;
  board: StatusBoard;
  desk: MfaDesk;
  checkNow: CheckNow;
}

export type JobEnd = { ended: 'succeeded'; result: AttemptResult } | { ended: 'failed'; failure: JobFailure };

/** Follows one job of Basiq's to its end, through challenges and outages. */
export async function followJob(following: Following): Promise<JobEnd> {
  const { jobId, board, desk } = following;
  let seen: Seen | null = null;
  let progress: Progress = { state: 'running' };
  const outages = new OutageLog(following);

  for (;;) {
    const observation = await nextNews(following, seen, progress);
    outages.note(observation);
    if (observation.kind !== 'news') throw endWithoutVerdict(observation, following);

    ({ seen, progress } = observation);
    board.jobMoved(observation.facts);
    const asked = progress.state === 'challenged' ? progress.challenge : null;
    const mfaStep = observation.facts.steps.find(({ title }) => title === 'mfa-challenge')?.status;
    if (progress.state !== 'failed' && !desk.isStillChecking(asked, mfaStep)) desk.moveOn(jobId, asked);

    switch (progress.state) {
      case 'running':
        board.running(phaseOfJob(observation.facts.steps, desk.isAnswered));
        break;
      case 'challenged':
        break;
      case 'queued':
        board.parked(outageOf(progress.parked));
        break;
      case 'succeeded': {
        const { connectionId, steps } = board.status;
        return { ended: 'succeeded', result: { jobId, connectionId, steps } };
      }
      case 'failed':
        return { ended: 'failed', failure: progress.failure };
    }
  }
}

async function nextNews(following: Following, seen: Seen | null, progress: Progress): Promise<Observation> {
  const { attempt, jobId, board, desk, checkNow } = following;
  const { institutionId: id, institutionName: name, connectionId } = board.status;
  const look = { jobId, institution: { id, name }, seen };
  const { stalledAfterMs, unreachableAfterMs } = attempt.policy;
  const parked = progress.state === 'queued' ? progress.parked : null;
  const isOurs = attempt.operation.kind !== 'adopt';
  const watch = new JobWatch({ ...look, stalledAfterMs, unreachableAfterMs, isOurs }, parkedSummary(parked));
  const lookNow = () => lookBesideWatch(watch, look, unreachableAfterMs);
  try {
    switch (progress.state) {
      case 'challenged':
        return await attendChallenge({
          attempt,
          jobId,
          connectionId,
          desk,
          watch,
          asked: progress.challenge,
          look: lookNow,
        });
      case 'queued':
        return await waitOutOutage(watch, checkNow, lookNow);
      case 'running':
      case 'succeeded':
      case 'failed':
        await watch.arrival;
        return watch.take();
    }
  } finally {
    watch.cancel();
  }
}

async function waitOutOutage(
  watch: JobWatch,
  checkNow: CheckNow,
  look: () => Promise<Looked>,
): Promise<Observation> {
  for (;;) {
    await condition(() => watch.hasArrived || checkNow.isRequested);
    if (watch.hasArrived) return watch.take();
    checkNow.begin(Date.now());
    const looked = await look();
    if (looked.kind === 'news') return looked.observation;
  }
}

function outageOf({ ageMs, givesUpInMs }: ParkedFor): Outage {
  const nowMs = Date.now();
  return { since: new Date(nowMs - ageMs).toISOString(), until: new Date(nowMs + givesUpInMs).toISOString() };
}

/** Tells when the job is put into Basiq's queue, and when it is there no more. */
class OutageLog {
  private outage: Outage | null = null;

  constructor(private readonly following: Following) {}

  note(observation: Observation): void {
    const { jobId, board } = this.following;
    const { institutionId } = board.status;
    const progress = observation.kind === 'news' ? observation.progress : null;
    if (progress?.state === 'queued') {
      if (this.outage !== null) return;
      this.outage = outageOf(progress.parked);
      logAttempt('outage-began', { jobId, institutionId, ...this.outage });
    } else if (this.outage !== null) {
      const { since } = this.outage;
      const lastedMs = Date.now() - Date.parse(since);
      const now = progress?.state ?? observation.kind;
      logAttempt('outage-ended', { jobId, institutionId, since, lastedMs, now });
      this.outage = null;
    }
  }
}

function parkedSummary(queue: ParkedFor | null): { summary: string; queue: ParkedFor } | null {
  if (queue === null) return null;
  const { since, until } = outageOf(queue);
  const hours = queue.tryEveryMs / 3_600_000;
  const every = hours >= 0.1 ? `${hours} h` : `${Math.round(queue.tryEveryMs)} ms`;
  return {
    queue,
    summary: toTheSecond(`Bank unavailable since ${since}; looks every ${every} until ${until}`),
  };
}

/** The attempt's end when it is not the job's: Basiq, or the job, stopped telling. */
function endWithoutVerdict(
  observation: Exclude<Observation, { kind: 'news' }>,
  { attempt, jobId, board }: Following,
) {
  const { connectionId } = board.status;
  switch (observation.kind) {
    case 'ceiling':
      return attemptFailed({
        code: 'temporary-unavailable',
        detail:
          'Our own limit ended the wait: Basiq still had the job in its queue, or did not answer, after its seven days',
        step: 'verify-credentials',
        jobId,
        connectionId,
      });
    case 'stalled':
      return attemptFailed({
        code: 'job-stalled',
        detail: `The job did not move for ${attempt.policy.stalledAfterMs / 1_000} s`,
        jobId,
        connectionId,
      });
    case 'unreachable':
      return attemptFailed({ code: 'basiq-unreachable', detail: observation.reason, jobId, connectionId });
    case 'refused':
      return refused(observation.refusal, { jobId, connectionId });
  }
}
