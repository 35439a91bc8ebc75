import { AttemptCancelledError, AttemptFailedError } from '../src/client';
import { textOfEnd, type AttemptEnd, type AttemptRun } from './attempt-run';
import { agree, contradictions } from './invariants/status';
import type { Play } from './play';
import { historyOf, lostLocks } from './read-history';

const DAY_MS = 24 * 3_600_000;
/** Our limits end an attempt a day after Basiq's seven at the latest; refreshes and retries come on top. */
const LONGEST_ATTEMPT_MS = 9 * DAY_MS;
/**
 * A running job is looked at every few milliseconds, but a schedule may delay calls by seconds, and the machine may be
 * busy: so much later everybody must know.
 */
export const NEWS_MS = 20_000;
export const NEWS_LOOKS = 60;
/** A parked job is looked at two minutes after Basiq's try, and again five minutes after a look that failed. */
const NEWS_OF_QUEUE_MS = 30 * 60_000;
const NEXT_TRY_MS = 2 * 3_600_000;

/** Looks at Basiq, the attempt, and Basiq again; notes what is new and what is wrong with it. */
export async function watchAttempt(play: Play, attempt: AttemptRun): Promise<void> {
  const before = play.jobs;
  const status = await play.world.client.status(attempt);
  const after = (play.jobs = await play.stage.admin.jobsOf(play.userId));
  const observation = {
    atMs: play.nowMs,
    status,
    before: before.find(({ jobId }) => jobId === status.jobId) ?? null,
    after: after.find(({ jobId }) => jobId === status.jobId) ?? null,
  };
  const text = JSON.stringify(status);
  if (attempt.shown.at(-1) !== text) {
    attempt.shown.push(text);
    if (status.phase !== attempt.last?.status.phase) {
      const job = observation.after?.state ?? 'none';
      play.note(`${attempt.name}: ${status.phase}, waits on ${status.waitingOn}; job ${job}`);
    }
    for (const what of contradictions(status)) play.violate(4, `${attempt.name}: ${what}`);
  }
  attempt.last = observation;
  if (status.jobId !== null) attempt.jobIds.add(status.jobId);
  const { challenge } = status;
  if (challenge !== null && !attempt.challengeIds.includes(challenge.challengeId))
    attempt.challengeIds.push(challenge.challengeId);
  if (status.execution === 'running') {
    checkAgreement(play, attempt);
    checkThatItEnds(play, attempt);
  } else {
    await observeEnd(play, attempt);
  }
}

async function observeEnd(play: Play, attempt: AttemptRun): Promise<void> {
  const { world } = play;
  attempt.end = await world.client.result(attempt).then(
    (result): AttemptEnd => ({ kind: 'succeeded', result }),
    (error: unknown): AttemptEnd => {
      if (error instanceof AttemptFailedError) return { kind: 'failed', failure: error.failure };
      return error instanceof AttemptCancelledError ? { kind: 'cancelled' } : { kind: 'other', error };
    },
  );
  attempt.endedAtMs = await world.nowMs();
  const history = await historyOf(world.temporal, attempt);
  for (let lost = lostLocks(history, world.activities); lost > 0; lost--) await world.releaseLock();
  const status = await world.client.status(attempt);
  attempt.shown.push(JSON.stringify(status));
  if (status.jobId !== null) attempt.jobIds.add(status.jobId);
  play.note(`${attempt.name}: ended ${textOfEnd(attempt.end)}`);
  for (const what of contradictions(status)) play.violate(4, `${attempt.name}: ${what}`);
  if (status.phase !== attempt.end.kind)
    play.violate(4, `${attempt.name}: ended ${attempt.end.kind}, and its status says ${status.phase}`);
}

/** Status and job may differ between two looks, and for no longer. */
function checkAgreement(play: Play, attempt: AttemptRun): void {
  const { last } = attempt;
  if (last === null) return;
  const { status, before, after, atMs } = last;
  if (play.isSilent || agree(status, before) || agree(status, after)) {
    attempt.disagreement = null;
    return;
  }
  const realMs = performance.now();
  attempt.disagreement ??= { sinceRealMs: realMs, sinceMs: atMs, looks: 0 };
  const { disagreement } = attempt;
  disagreement.looks += 1;
  const lateMs = atMs - disagreement.sinceMs;
  const allowedMs = NEWS_OF_QUEUE_MS + (play.clockSteppedMs > 0 ? NEXT_TRY_MS : 0);
  const isLate =
    status.phase === 'queued'
      ? lateMs > allowedMs
      : realMs - disagreement.sinceRealMs > NEWS_MS && disagreement.looks > NEWS_LOOKS;
  if (!isLate) return;
  const shown = `${status.phase} while the job is ${after?.state ?? 'not there'}`;
  play.violate(4, `${attempt.name}: its status says ${shown}, for ${Math.round(lateMs / 1_000)} s`);
}

function checkThatItEnds(play: Play, { name, startedAtMs, last }: AttemptRun): void {
  if (play.nowMs - startedAtMs <= LONGEST_ATTEMPT_MS) return;
  play.violate(1, `${name}: has not ended after nine days; job ${last?.after?.state ?? 'none'}`);
}
