import { setTimeout as delay } from 'node:timers/promises';
import {
  AttemptAbortedError,
  AttemptCancelledError,
  AttemptFailedError,
  AttemptInProgressError,
  AttemptNotFoundError,
  InvalidRequestError,
  MfaAnswerRefusedError,
} from '../../src/client';

/** What the product says, and not that Temporal or its workers are away for the moment. */
export function isAnswer(error: unknown): boolean {
  return [
    AttemptAbortedError,
    AttemptCancelledError,
    AttemptFailedError,
    AttemptInProgressError,
    AttemptNotFoundError,
    InvalidRequestError,
    MfaAnswerRefusedError,
  ].some((kind) => error instanceof kind);
}

/**
 * Asks again while Temporal or its workers are away, as a back-end would.
 * @throws the product's own errors at once; any other only when the signal is aborted
 */
export async function patiently<T>(call: () => Promise<T>, givenUp: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (isAnswer(error) || givenUp.aborted) throw error;
      await delay(300);
    }
  }
}

/** @throws Error as soon as the signal is aborted, whatever becomes of the promise */
export async function unless<T>(over: AbortSignal, promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  over.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(new Error('given up'));
    over.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => over.removeEventListener('abort', abort));
  });
}
