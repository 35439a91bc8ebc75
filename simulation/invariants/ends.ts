import type { SandboxJob } from '../../test/sandbox-admin';
import type { AttemptEnd, AttemptRun } from '../attempt-run';
import { counts } from '../person-plan';
import type { Violation } from '../violation';
import type { SeedFacts } from './facts';

/** Promise 1: each attempt ended once, as its job did, or in a way that the schedule explains. */
export async function endOf(facts: SeedFacts): Promise<Violation[]> {
  const found: Violation[] = [];
  for (const { attempt, history } of facts.attempts) {
    const violate = (what: string) => found.push({ promise: 1, what: `${attempt.name}: ${what}` });
    if (history.closings !== 1) violate(`its history has ${history.closings} ends`);
    for (const message of history.failedTasks) violate(`a workflow task failed: ${message}`);
    const problem = await endProblem(attempt, facts);
    if (problem !== null) violate(problem);
    for (const { reply, planned } of attempt.submissions) {
      if (reply.kind === 'none-yet') violate(`an ${planned.by} was never answered`);
      if (reply.kind === 'error') violate(`an ${planned.by} ended in ${String(reply.error)}`);
      if (reply.kind !== 'verdict' || planned.content !== 'wrong') continue;
      const job = facts.jobs.find(({ jobId }) => attempt.jobIds.has(jobId));
      const hasAccepted = job?.mfaAnswers.some(({ verdict }) => verdict === 'accepted') ?? false;
      if (reply.verdict.outcome === 'accepted' && !hasAccepted) violate('a wrong answer was called accepted');
    }
  }
  return found;
}

async function endProblem(attempt: AttemptRun, facts: SeedFacts): Promise<string | null> {
  const { end } = attempt;
  if (end === null) return 'has no end';
  switch (end.kind) {
    case 'other':
      return `ended in an error: ${String(end.error)}`;
    case 'cancelled':
      return attempt.cancelled ? null : 'ended cancelled, and nobody cancelled it';
    case 'succeeded': {
      const job = facts.jobs.find(({ jobId }) => jobId === end.result.jobId);
      if (job?.state !== 'succeeded') return `succeeded, and its job is ${job?.state ?? 'not there'}`;
      return end.result.connectionId === job.connectionId ? null : 'names another connection than its job';
    }
    case 'failed':
      return failureProblem(end, attempt, facts);
  }
}

async function failureProblem(
  { failure }: Extract<AttemptEnd, { kind: 'failed' }>,
  attempt: AttemptRun,
  facts: SeedFacts,
): Promise<string | null> {
  const { code, step, jobId, detail } = failure;
  const job = facts.jobs.find((candidate) => candidate.jobId === jobId) ?? null;
  const told = `${code} at ${step ?? 'no step'} (${detail ?? ''})`;
  const own = ownEndProblem(code, detail ?? '', job, attempt, facts);
  if (own !== undefined) return own === null ? null : `${told}: ${own}`;
  if (job === null) return requestProblem(code, facts);
  if (job.state !== 'failed') return `${told}, and its job is ${job.state}`;
  const reason = await failedStep(job.jobId, facts);
  if (reason?.code === code && reason.title === step) return null;
  return `${told}, and its job failed ${reason?.code ?? '?'} at ${reason?.title ?? '?'}`;
}

/** An end of ours: null when the schedule explains it, undefined when it must be the job's. */
function ownEndProblem(
  code: string,
  detail: string,
  job: SandboxJob | null,
  attempt: AttemptRun,
  { isSilent, clockSteppedMs, schedule, jobs, foreignJobs }: SeedFacts,
): string | null | undefined {
  const tookMs = (attempt.endedAtMs ?? 0) - attempt.startedAtMs;
  switch (code) {
    case 'mfa-expired': {
      const last = attempt.challengeIds.at(-1);
      const inTime = attempt.submissions.find(
        ({ planned, openChallengeId, reply }) =>
          counts(planned) &&
          openChallengeId === last &&
          (reply.kind === 'signalled' || (reply.kind === 'verdict' && reply.verdict.outcome !== 'not-sent')),
      );
      if (inTime !== undefined) return 'an answer to the challenge was there in time';
      const noAnswer = schedule.person.afterwards === 'lets-the-deadline-pass';
      return noAnswer ? null : 'the person was there';
    }
    case 'job-stalled':
      return schedule.bank.institutionId === 'AU90008' ? null : 'the job did move';
    case 'basiq-unreachable':
    case 'too-many-requests':
      return isSilent ? null : 'Basiq did answer';
    case 'temporary-unavailable': {
      if (!detail.startsWith('Our own limit')) return undefined;
      // By Basiq's clock.
      if (tookMs + clockSteppedMs < 7 * 24 * 3_600_000) return 'before the seven days were over';
      // Between two looks the job may be in the middle of one more try.
      const isOver = job?.state === 'succeeded' || job?.state === 'failed';
      return isSilent || !isOver ? null : `and its job ${job.state}`;
    }
    case 'connection-exists': {
      const earlier = jobs.some(({ state, jobId }) => state !== 'failed' && !attempt.jobIds.has(jobId));
      return earlier ? null : 'there is none';
    }
    case 'start-ambiguous':
      return jobs.length - foreignJobs.size > 1 ? null : 'there is one job at most';
    default:
      return undefined;
  }
}

/** Basiq refused a request, so that there is no job: it can refuse to refresh an invalid connection. */
function requestProblem(code: string, { schedule, jobs }: SeedFacts): string | null {
  const wasInvalid = jobs.some(({ state }) => state === 'failed');
  if (schedule.operation === 'refresh' && code === 'invalid-credentials' && wasInvalid) return null;
  return `ended ${code} without a job`;
}

/** Not by the product's own reading of a job, which may be what is wrong. */
async function failedStep(
  jobId: string,
  { elsewhere }: SeedFacts,
): Promise<{ title: string; code: string } | null> {
  const { body } = await elsewhere.getJob(jobId);
  const step = body.steps.find(({ status }) => status === 'failed');
  if (step === undefined) return null;
  const codes = step.results.flatMap((result) => (result.kind === 'error' ? [result.code] : []));
  return { title: step.title, code: codes[0] ?? 'unknown-error' };
}
