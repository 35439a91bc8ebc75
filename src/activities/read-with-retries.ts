import { ApplicationFailure } from '@temporalio/activity';
import { BasiqError } from '../basiq/basiq-error';
import { mayPass } from './basiq-refusal';

/** Basiq's usual "five minutes" is for those that POST; a person may be waiting for what is read here. */
const LONGEST_RETRY_MS = 30_000;
/** "Retry-After: 0" must not become a loop without a pause. */
const SHORTEST_RETRY_MS = 1_000;

/**
 * Runs reads of Basiq's state. What may pass later is thrown for Temporal to retry, when Basiq said if it said;
 * a definite refusal comes back as the BasiqError.
 */
export async function readWithRetries<T>(
  read: () => Promise<T>,
  isDefinite = (error: BasiqError) => !mayPass(error),
): Promise<T | BasiqError> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof BasiqError)) throw error;
    if (isDefinite(error)) return error;
    throw ApplicationFailure.create({
      type: 'basiq-unreachable',
      message: `${error.route}: ${error.code}`,
      ...(error.retryAfterMs === null
        ? {}
        : { nextRetryDelay: Math.min(Math.max(error.retryAfterMs, SHORTEST_RETRY_MS), LONGEST_RETRY_MS) }),
    });
  }
}
