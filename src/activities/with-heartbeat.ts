import { Context } from '@temporalio/activity';

const BEAT_EVERY_MS = 2_000;

/**
 * Heartbeats while `work` runs, so that Temporal knows within seconds that a worker died in the middle of it. `details`
 * is read at every beat and survives into the activity's next attempt. Most work ends before the first beat is due, and
 * then costs none: on Temporal Cloud a look at a parked job would else cost twice as much.
 */
export async function withHeartbeat<T>(
  work: () => Promise<T>,
  details: () => unknown = () => null,
): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), BEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
