/** A defect that is put into a copy of the sources, to show that the simulation finds it. */
export interface Defect {
  what: string;
  edits: { file: string; from: string; to: string }[];
}

export const DEFECTS: Readonly<Record<string, Defect>> = {
  'second-post': {
    what: 'a POST whose end is not known is sent again, without a look at what Basiq has',
    edits: [
      {
        file: 'src/workflows/start-job.ts',
        from: `      case 'unknown': {
        logAttempt('start-unknown', { reason: posted.reason });
        const jobId = await findJobOf(job, postedMs);
        if (jobId === null) break;
        job.found(jobId);
        logAttempt('job-started', { jobId, how: 'found' });
        return { jobId, original: false };
      }
`,
        to: `      case 'unknown':
`,
      },
    ],
  },
  'stale-answer': {
    what: 'an answer to an earlier challenge is sent to the one that is open',
    edits: [
      {
        file: 'src/workflows/mfa-acceptance.ts',
        from: 'if (answer.challengeId !== null && answer.challengeId !== challenge.challengeId) {',
        to: 'if (false) {',
      },
    ],
  },
  'no-ceiling': {
    what: 'a queued job is watched for as long as Basiq calls it queued, or is silent',
    edits: [
      {
        file: 'src/basiq/retry-queue.ts',
        from: 'pastCeiling: ageMs >= periods.givesUpAfterMs + periods.ceilingGraceMs,',
        to: 'pastCeiling: false,',
      },
      {
        file: 'src/basiq/retry-queue.ts',
        from: 'Math.min(afterTheTry, toTheCeiling)',
        to: 'afterTheTry',
      },
      {
        file: 'src/workflows/activity-proxies.ts',
        from: '    scheduleToCloseTimeout: backstopInMs,\n',
        to: '',
      },
    ],
  },
  'lost-signal': {
    what: 'an answer that comes by signal is read and forgotten',
    edits: [
      {
        file: 'src/workflows/mfa-desk.ts',
        from: `  receive(payload: unknown): void {
    const taken = this.take(payload);`,
        to: `  receive(payload: unknown): void {
    const taken = this.parse(payload);`,
      },
    ],
  },
  'all-steps-finished': {
    what: 'a job has ended only when all its steps have, though those after a failed one never do',
    edits: [
      {
        file: 'src/basiq/job.ts',
        from: '  if (failed) return',
        to: "  if (failed && steps.every((step) => isOver(step) || step.status === 'failed')) return",
      },
    ],
  },
};

/**
 * A source with the defect in it.
 * @throws Error when the source has changed, so that an edit no longer finds its place
 */
export function withDefect(file: string, text: string, { edits }: Defect): string {
  return edits
    .filter((edit) => edit.file === file)
    .reduce((edited, { from, to }) => {
      const places = edited.split(from).length - 1;
      if (places !== 1) throw new Error(`${file}: the text to change is there ${places} times:\n${from}`);
      return edited.replace(from, () => to);
    }, text);
}
