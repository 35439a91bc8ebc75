import { z } from 'zod';
import type { AttemptRun } from '../attempt-run';
import type { History } from '../read-history';
import type { Violation } from '../violation';
import type { SeedFacts } from './facts';

/** Promise 2: one job of an attempt, at most one POST of each answer, and nothing sent while a job is queued. */
export function effectsOf(facts: SeedFacts): Violation[] {
  return [
    ...jobProblems(facts),
    ...startProblems(facts),
    ...facts.attempts.flatMap(({ attempt, history }) => answerProblems(attempt, history)),
    ...answerPostProblems(facts),
  ].map((what) => ({ promise: 2, what }));
}

function jobProblems({ jobs, foreignJobs, attempts, schedule }: SeedFacts): string[] {
  const found: string[] = [];
  const known = new Set(attempts.flatMap(({ attempt }) => [...attempt.jobIds]));
  const made = jobs.filter(({ jobId }) => !foreignJobs.has(jobId));
  const unknown = made.filter(({ jobId }) => !known.has(jobId));
  // Whoever cancels while a POST is under way, or is told that its end is not known, may leave a job behind.
  const mayLeaveOne = attempts.filter(({ attempt: { end, jobIds } }) => {
    if (jobIds.size > 0 && schedule.operation !== 'refresh') return false;
    return end?.kind === 'cancelled' || (end?.kind === 'failed' && end.failure.code === 'basiq-unreachable');
  });
  if (unknown.length > mayLeaveOne.length) {
    found.push(`${unknown.length} job(s) at Basiq belong to no attempt`);
  }
  for (const { attempt } of attempts) {
    const own = made.filter(({ jobId }) => attempt.jobIds.has(jobId));
    const most = attempt.request.operation.kind === 'refresh' ? 3 : 1;
    if (own.length > most)
      found.push(`${attempt.name}: ${own.length} jobs of one ${attempt.request.operation.kind}`);
  }
  return found;
}

const STARTS = [
  'POST /users/:userId/connections',
  'POST /users/:userId/connections/:connectionId',
  'POST /users/:userId/connections/:connectionId/refresh',
];

/**
 * Basiq did what a POST asked for, or answered with the job that it had begun before: another one must not follow. It
 * is so also where Basiq itself prevented the second job.
 */
function startProblems({ requests, attempts, foreignJobs }: SeedFacts): string[] {
  // Basiq answers with the job of somebody else that it has under way, and makes none, however often it is asked.
  const done = requests.filter(
    ({ route, jobId }) => STARTS.includes(route ?? '') && jobId !== undefined && !foreignJobs.has(jobId),
  );
  const allowed = attempts.map(({ attempt: { request, jobIds } }) => {
    const own = [...jobIds].filter((jobId) => !foreignJobs.has(jobId)).length;
    return request.operation.kind === 'adopt' ? 0 : Math.max(1, own);
  });
  const most = allowed.reduce((sum, each) => sum + each, 0);
  return done.length > most ? [`Basiq was asked ${done.length} times for ${most} job(s)`] : [];
}

const AnswerInput = z.looseObject({
  response: z.array(z.union([z.string(), z.looseObject({ sealed: z.string() })])),
});

/** Which of the answers that were sent to us went on to the bank. */
function answerProblems(attempt: AttemptRun, { activities }: History): string[] {
  const found: string[] = [];
  const sent = new Set<string>();
  for (const { input } of activities.filter(({ type }) => type === 'answerChallenge')) {
    const { response } = AnswerInput.parse(input);
    for (const given of response) {
      if (typeof given === 'string') continue;
      if (sent.has(given.sealed)) found.push(`${attempt.name}: one answer went to the bank twice`);
      sent.add(given.sealed);
      const submission = attempt.submissions.find(({ tokens }) => tokens.includes(given.sealed));
      if (submission?.planned.content === 'stale') {
        found.push(
          `${attempt.name}: an answer for ${submission.namedChallengeId ?? ''} went to another challenge`,
        );
      }
    }
  }
  return found;
}

/** What Basiq received: at most one POST for each question that an attempt had, but for those that it turned away unread. */
function answerPostProblems({ jobs, requests, attempts }: SeedFacts): string[] {
  return jobs.flatMap(({ jobId, mfaAnswers }) => {
    const posts = requests.filter(
      ({ method, path, status, fault }) =>
        method === 'POST' &&
        path === `/jobs/${jobId}/mfa` &&
        // Turned away for its token, it is sent once more with another.
        status !== 401 &&
        status !== 403 &&
        !(fault === 'status' && status === 429),
    );
    const questions = attempts
      .flatMap(({ attempt }) => attempt.challengeIds)
      .filter((challengeId) => challengeId.startsWith(`${jobId}:`));
    const watchers = attempts.filter(({ attempt }) => attempt.jobIds.has(jobId)).length;
    const repeated = mfaAnswers.filter(({ verdict }) => verdict === 'repeated').length;
    return [
      ...(posts.length > questions.length
        ? [`${posts.length} answers were sent for ${questions.length} question(s) of one job`]
        : []),
      ...(repeated > 0 && watchers < 2 ? ['an answer was sent while the bank still checked one'] : []),
    ];
  });
}
