import type { AttemptProgress } from '../../src/client';
import type { SandboxJob } from '../../test/sandbox-admin';

/** What is wrong with a status in itself; empty when nothing is. */
export function contradictions(status: AttemptProgress): string[] {
  const { phase, waitingOn, waitingUntil, challenge, outage, failure, jobId, steps } = status;
  const found: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) found.push(`${phase}: ${what} (${JSON.stringify({ waitingOn, waitingUntil, jobId })})`);
  };
  const verified = steps.some(({ title, status: of }) => title === 'verify-credentials' && of === 'success');
  must((failure !== null) === (phase === 'failed'), 'a failure and nothing else has a failure');
  switch (phase) {
    case 'submitting':
      must(
        waitingOn === (outage === null ? 'basiq' : 'bank'),
        'waits on Basiq, or on the bank between refreshes',
      );
      must(waitingUntil === (outage?.until ?? null), 'waits until the next refresh, or has no limit');
      break;
    case 'awaiting-mfa':
      must(waitingOn === 'user', 'waits on the user');
      must(
        challenge !== null && waitingUntil === challenge.deadlineAt,
        'waits until the deadline of a challenge',
      );
      must(jobId !== null && challenge?.challengeId.startsWith(`${jobId}:`) === true, 'asks for its own job');
      break;
    case 'confirming-mfa':
      must(waitingOn === 'bank', 'waits on the bank');
      must(
        jobId !== null && (challenge?.challengeId.startsWith(`${jobId}:`) ?? true),
        'asks for its own job',
      );
      break;
    case 'queued':
      must(waitingOn === 'bank', 'waits on the bank');
      must(outage !== null && waitingUntil === outage.until, 'waits until the outage ends at Basiq');
      must(jobId !== null, 'has a job');
      break;
    case 'verifying':
      must(waitingOn === 'bank' && jobId !== null, 'waits on the bank, with a job');
      break;
    case 'retrieving':
      must(waitingOn === 'bank' && verified, 'waits on the bank, with good credentials');
      break;
    case 'succeeded':
      must(waitingOn === 'nobody' && verified, 'waits on nobody, with good credentials');
      break;
    case 'failed':
    case 'cancelled':
      must(waitingOn === 'nobody', 'waits on nobody');
      break;
  }
  if (phase !== 'awaiting-mfa' && phase !== 'confirming-mfa') must(challenge === null, 'has no challenge');
  if (phase !== 'queued' && phase !== 'submitting') must(outage === null, 'has no outage');
  return found;
}

/** Whether the status may be shown while the job is in this state. In between two looks it may be late; never for long. */
export function agree({ phase }: AttemptProgress, job: SandboxJob | null): boolean {
  if (phase === 'succeeded' || phase === 'failed' || phase === 'cancelled') return true;
  // A POST may have made a job that nobody knows of yet; and a refresh is tried again after its first job.
  if (phase === 'submitting') return true;
  if (job === null) return false;
  switch (job.state) {
    case 'running':
      return phase === 'verifying' || phase === 'retrieving' || phase === 'confirming-mfa';
    case 'challenged':
      return phase === 'awaiting-mfa' || phase === 'confirming-mfa';
    case 'queued':
      return phase === 'queued';
    case 'succeeded':
    case 'failed':
      return false;
  }
}
