import { jobDigest, type JobView } from '../basiq/job';
import { nextLookInMs, queuePosition, type QueuePeriods } from '../basiq/retry-queue';
import type { AskedChallenge, Observation, Progress, Seen } from './observation';

/** What to do after one good look at a job. */
export type WatchDecision =
  | { next: 'report'; observation: Observation }
  | { next: 'poll' }
  /** end this activity attempt and let Temporal start the next one after `delayMs` */
  | { next: 'park'; delayMs: number; reason: string };

export interface WatchContext {
  seen: Seen | null;
  queue: QueuePeriods;
  stalledAfterMs: number;
  /** since the workflow asked for this watch */
  watchedMs: number;
  /** since this look at a parked job began */
  stayedMs: number;
  /** 0 to 1, to spread the looks of many attempts */
  spread: number;
  ask: (view: Extract<JobView, { state: 'challenged' }>) => AskedChallenge;
}

/** A look that finds Basiq in the middle of a try stays until it settles, but no longer than this. */
const STAY_WITH_A_TRY_MS = 3 * 60_000;

export function decideWatch(view: JobView, basiqNowMs: number | null, context: WatchContext): WatchDecision {
  const { seen, queue } = context;
  const digest = jobDigest(view);
  // The outage is over when verify passed or failed, not when Basiq tries: nobody is told falsely that it is back.
  const trying = seen?.state === 'queued' && isTrying(view);
  if (view.state === 'queued' || trying) {
    const position = queuePosition(view, basiqNowMs, queue);
    if (position.pastCeiling) return { next: 'report', observation: { kind: 'ceiling' } };
    if (trying && context.stayedMs < STAY_WITH_A_TRY_MS) return { next: 'poll' };
    if (trying || digest === seen?.digest) {
      const delayMs = nextLookInMs(position, queue, context.spread);
      return { next: 'park', delayMs, reason: 'the bank is still unavailable' };
    }
  }
  if (digest !== seen?.digest)
    return { next: 'report', observation: newsOf(view, digest, basiqNowMs, context) };
  if (view.state === 'running' && context.watchedMs > context.stalledAfterMs) {
    return { next: 'report', observation: { kind: 'stalled' } };
  }
  return { next: 'poll' };
}

/** Basiq is in the middle of a try: it shows verify in progress, with or without the queue's code. */
function isTrying(view: JobView): boolean {
  const verify = view.steps.find(({ title }) => title === 'verify-credentials')?.status;
  if (view.state === 'queued') return verify === 'in-progress';
  return view.state === 'running' && verify !== 'success';
}

function newsOf(
  view: JobView,
  digest: string,
  basiqNowMs: number | null,
  context: WatchContext,
): Observation {
  const { jobId, connectionId, institutionId, steps } = view;
  return {
    kind: 'news',
    seen: { digest, state: view.state },
    facts: { jobId, connectionId, institutionId, steps },
    progress: progressOf(view, basiqNowMs, context),
  };
}

function progressOf(view: JobView, basiqNowMs: number | null, { queue, ask }: WatchContext): Progress {
  switch (view.state) {
    case 'running':
    case 'succeeded':
      return { state: view.state };
    case 'failed':
      return { state: 'failed', failure: view.failure };
    case 'challenged':
      return { state: 'challenged', challenge: ask(view) };
    case 'queued': {
      const { ageMs, givesUpInMs } = queuePosition(view, basiqNowMs, queue);
      const backstopInMs = Math.max(queue.backstopAfterMs - ageMs, queue.tryEveryMs);
      return { state: 'queued', parked: { ageMs, givesUpInMs, tryEveryMs: queue.tryEveryMs, backstopInMs } };
    }
  }
}
