import { Context } from '@temporalio/activity';

const BEAT_EVERY_MS = 2_000;

/**
 * Heartbeats while `work` runs, so that Temporal knows within seconds that a worker died in the middle of it. `details`
 * is read at every beat and survives into the activity's next attempt.
 */
export async function withHeartbeat<T>(
  work: () => Promise<T>,
  details: () => unknown = () => null,
): Promise<T> {
  const context = Context.current();
  const timer = setInterval(() => context.heartbeat(details()), BEAT_EVERY_MS);
  try {
    context.heartbeat(details());
    return await work();
  } finally {
    clearInterval(timer);
  }
}
