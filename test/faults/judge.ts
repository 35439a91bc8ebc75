/** How an attempt ended, as whoever started it is told. */
export type End =
  { ended: 'succeeded' } | { ended: 'failed'; code: string } | { ended: 'cancelled' } | { ended: 'aborted' };

/** What is known of one attempt of the load once everything is over: from its starter, and from Basiq. */
export interface AttemptRecord {
  script: string;
  workflowId: string;
  /** the script's, which Basiq's own job must have come to as well */
  expected: End;
  /** what a fault that it met may do to it before it has begun a job; one that it adopted goes on at Basiq all the same */
  alsoRight: readonly End[];
  /** null: it has not ended, or Temporal does not know it any more */
  end: End | null;
  /** the job that its end names */
  namedJobId: string | null;
  /** the jobs that Basiq made for it */
  jobs: readonly { jobId: string; state: string }[];
  /** its POSTs that Basiq carried out: 202, or 200 with the job that was there */
  startsDone: number;
  /** 1, or 0 for an attempt that must not begin anything */
  startsWanted: number;
  /** 1, or 0 for an attempt that must not have a job */
  jobsWanted: number;
  /** POSTs of an MFA answer that came to Basiq, but for those whose token it refused */
  answersSent: number;
  /** how often the person answered: once for each challenge, and once more when told that an answer was not sent */
  answersGiven: number;
  /** answers that Basiq got while one that it had accepted was being checked */
  answersRepeated: number;
  /** answers that the attempt had taken by update and never gave a verdict on */
  verdictsLost: number;
  /** what its starter was told instead of its end */
  trouble: string | null;
}

export interface Judgement {
  outcomeRight: boolean;
  jobsTwice: number;
  answersTwice: number;
  lost: number;
  /** a line for each thing that is wrong */
  why: string[];
}

/** Holds one attempt against the promises: one right end, one job, each answer at most once, nothing lost. */
export function judge(record: AttemptRecord): Judgement {
  const why: string[] = [];
  const say = (what: string) => why.push(`${record.script} (${record.workflowId}): ${what}`);
  const { end, expected, alsoRight, jobs } = record;

  const unknownJobs = jobs.filter(({ jobId }) => jobId !== record.namedJobId);
  const jobsTwice = Math.max(0, record.startsDone - record.startsWanted, jobs.length - record.jobsWanted);
  if (jobsTwice > 0)
    say(
      `Basiq carried out ${record.startsDone} POSTs and has ${jobs.length} jobs, not ${record.startsWanted} and ${record.jobsWanted}`,
    );

  const answersTwice = Math.max(0, record.answersSent - record.answersGiven, record.answersRepeated);
  if (answersTwice > 0)
    say(
      `Basiq got ${record.answersSent} MFA answers for ${record.answersGiven} given, ${record.answersRepeated} while it checked one`,
    );

  let lost = record.verdictsLost;
  if (record.verdictsLost > 0) say(`${record.verdictsLost} accepted answers never got a verdict`);
  if (end === null) {
    lost += 1;
    say(`it has not ended${record.trouble === null ? '' : ` (${record.trouble})`}`);
  } else if (unknownJobs.length > 0) {
    lost += unknownJobs.length;
    say(`its end does not name job ${unknownJobs.map(({ jobId }) => jobId).join(', ')} of Basiq`);
  }

  const outcomeRight =
    end !== null &&
    ((isOneOf(end, [expected]) && agrees(end, record)) ||
      (isOneOf(end, alsoRight) && record.startsDone === 0));
  if (end !== null && !outcomeRight)
    say(
      `ended ${words(end)}, not ${[expected, ...alsoRight].map(words).join(' or ')}; Basiq's jobs: ${jobs.map(({ state }) => state).join(', ') || 'none'}`,
    );
  return { outcomeRight, jobsTwice, answersTwice, lost, why };
}

function isOneOf(end: End, right: readonly End[]): boolean {
  return right.some((candidate) => words(candidate) === words(end));
}

/** Success is what Basiq's own job says, not what the attempt says. */
function agrees(end: End, { jobs, namedJobId }: AttemptRecord): boolean {
  const state = jobs.find(({ jobId }) => jobId === namedJobId)?.state;
  if (state === undefined) return end.ended !== 'succeeded';
  switch (end.ended) {
    case 'succeeded':
      return state === 'succeeded';
    case 'failed':
      return state === 'failed';
    case 'cancelled':
    case 'aborted':
      return true;
  }
}

export function words(end: End): string {
  return end.ended === 'failed' ? `failed ${end.code}` : end.ended;
}
