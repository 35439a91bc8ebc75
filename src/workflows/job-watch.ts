import { ActivityFailure, CancellationScope, isCancellation, TimeoutFailure } from '@temporalio/workflow';
import type { Observation, ParkedFor, Seen } from '../activities/observation';
import type { WatchJobInput } from '../activities/watch-job';
import { activeWatch, parkedWatch } from './activity-proxies';

/** One `watchJob` activity under way. The workflow does other things meanwhile and asks whether `news` has come. */
export class JobWatch {
  /** Resolves when `hasArrived`, also for an error. */
  readonly arrival: Promise<void>;
  private arrived: { news: Observation } | { error: unknown } | null = null;
  private readonly scope = new CancellationScope();

  constructor(
    input: WatchJobInput & { seen: Seen | null },
    parked: { summary: string; queue: ParkedFor } | null,
  ) {
    const proxy =
      parked === null ? activeWatch(`Watches job ${input.jobId}`) : parkedWatch(parked.summary, parked.queue);
    // The scope is left running on purpose: its end is `arrived`.
    this.arrival = this.scope
      .run(() => proxy.watchJob(input))
      .then(
        (news) => {
          this.arrived = { news };
        },
        (error: unknown) => {
          this.arrived = endedByBackstop(error) ? { news: { kind: 'ceiling' } } : { error };
        },
      );
  }

  get hasArrived(): boolean {
    return this.arrived !== null;
  }

  /** What the watch saw, or its error; only once `hasArrived`. */
  take(): Observation {
    if (this.arrived === null) throw new Error('the watch has not ended');
    if ('error' in this.arrived) throw this.arrived.error;
    return this.arrived.news;
  }

  /** Another look brought the news: this watch is no longer wanted. */
  cancel(): void {
    this.scope.cancel();
  }
}

/**
 * Schedule-to-close over a retried activity ends in one of two ways: as a timeout whose cause is the last failure, or,
 * when the next retry would come too late, as that last failure without a further try.
 */
function endedByBackstop(error: unknown): boolean {
  if (!(error instanceof ActivityFailure) || isCancellation(error)) return false;
  if (error.retryState === 'TIMEOUT') return true;
  return error.cause instanceof TimeoutFailure && error.cause.timeoutType === 'SCHEDULE_TO_CLOSE';
}
