import { cancellationSignal, Context } from '@temporalio/activity';
import type { BasiqClient } from '../basiq/basiq-client';
import { BasiqError } from '../basiq/basiq-error';
import { readJob, type JobView } from '../basiq/job';
import type { ActivitySettings } from './activity-settings';
import type { AttemptTarget } from './attempt-target';
import { isUnknown, refusalOf, type Refusal } from './basiq-refusal';
import { otherAttemptOn } from './find-other-watcher';
import { readWithRetries } from './read-with-retries';
import { postLimitMs } from './start-job';

export interface FindStartedJobInput {
  userId: string;
  target: AttemptTarget;
  /** the institution of the target's connection; null when it is not known */
  institutionId: string | null;
  /** by the workflow's clock, since the POST was scheduled */
  sincePostMs: number;
  /** a job that this attempt had before, which is not the one of the lost POST */
  earlierJobId: string | null;
}

export type StartedJobSearch =
  | { outcome: 'found'; jobId: string }
  /** `lookAgainInMs`: by then a request that was still on its way has ended */
  | { outcome: 'none'; lookAgainInMs: number }
  | { outcome: 'ambiguous'; jobIds: string[]; connectionIds: string[] }
  | { outcome: 'refused'; refusal: Refusal };

/** How much older than our POST a job may look: HTTP dates are whole seconds, and Basiq has more than one machine. */
const AGE_MARGIN_MS = 60_000;

/**
 * After a POST whose end is not known: looks at Basiq for the job that it may have made. Ages are Basiq's own (its
 * Date header against `created`), so no two machines' clocks are compared. A job that is another
 * attempt's is left out: within the margin there may be the one of an attempt that failed a moment before.
 */
export async function findStartedJob(
  settings: ActivitySettings,
  input: FindStartedJobInput,
): Promise<StartedJobSearch> {
  // This activity may itself have been retried for a while; both times are the Temporal server's.
  const { scheduledTimestampMs, currentAttemptScheduledTimestampMs } = Context.current().info;
  const youngerThanMs =
    input.sincePostMs + (currentAttemptScheduledTimestampMs - scheduledTimestampMs) + AGE_MARGIN_MS;

  const lists = async () => ({
    jobs: await jobsSince(settings, input, youngerThanMs),
    connectionIds:
      input.target.kind === 'create'
        ? await connectionsSince(settings.basiq, input.userId, input.target.institutionId, youngerThanMs)
        : [],
  });
  // There may be a job: a refusal that is about the key or the moment must not end the attempt without it.
  const found = await readWithRetries(lists, isUnknown);
  if (found instanceof BasiqError) return { outcome: 'refused', refusal: refusalOf(found) };

  const jobs: JobView[] = [];
  for (const job of found.jobs) {
    if (job.jobId === input.earlierJobId) continue;
    if ((await otherAttemptOn(job.jobId, 'any')) === null) jobs.push(job);
  }
  const [job, second] = jobs;
  if (second !== undefined) {
    return { outcome: 'ambiguous', jobIds: jobs.map(({ jobId }) => jobId), connectionIds: [] };
  }
  if (job !== undefined) return { outcome: 'found', jobId: job.jobId };

  // A connection without a job to watch: something was begun, and to POST again could link the person twice.
  const spokenFor = new Set(found.jobs.map(({ connectionId }) => connectionId));
  const connectionIds = found.connectionIds.filter((id) => !spokenFor.has(id));
  if (connectionIds.length > 0) return { outcome: 'ambiguous', jobIds: [], connectionIds };
  return { outcome: 'none', lookAgainInMs: postLimitMs(settings) };
}

async function jobsSince(
  { basiq, apiUrl }: ActivitySettings,
  { userId, target, institutionId }: FindStartedJobInput,
  youngerThanMs: number,
): Promise<JobView[]> {
  const { body, basiqNowMs } = await basiq.listUserJobs(userId, { signal: cancellationSignal() });
  return body
    .map((document) => readJob(document, apiUrl))
    .filter((job) => isYounger(job.createdAt, basiqNowMs, youngerThanMs) && isOf(job, target, institutionId));
}

function isOf(job: JobView, target: AttemptTarget, institutionId: string | null): boolean {
  switch (target.kind) {
    case 'create':
      return job.institutionId === target.institutionId;
    case 'update':
    case 'refresh':
      // A job still in verify may not name its connection yet (`links.source` can be missing).
      return job.connectionId === null
        ? job.institutionId === institutionId
        : job.connectionId === target.connectionId;
    case 'adopt':
      return job.jobId === target.jobId;
  }
}

async function connectionsSince(
  basiq: BasiqClient,
  userId: string,
  institutionId: string,
  youngerThanMs: number,
): Promise<string[]> {
  const { body, basiqNowMs } = await basiq.listConnections(
    userId,
    { institutionId },
    { signal: cancellationSignal() },
  );
  return body
    .filter(
      (connection) =>
        connection.institutionId === institutionId &&
        connection.createdDate !== null &&
        isYounger(connection.createdDate, basiqNowMs, youngerThanMs),
    )
    .map(({ id }) => id);
}

function isYounger(createdAt: string | null, basiqNowMs: number | null, youngerThanMs: number): boolean {
  // Not to be guessed by our clock: a job taken for older than it is would be made twice.
  if (basiqNowMs === null) throw new Error('Basiq answered without a Date header');
  return createdAt !== null && basiqNowMs - Date.parse(createdAt) <= youngerThanMs;
}
