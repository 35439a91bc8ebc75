import { QueryNotRegisteredError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { setTimeout as delay } from 'node:timers/promises';
import { ASK_AGAIN } from '../contract/names';

const PAUSE_MS = 200;
const GIVE_UP_AFTER_MS = 10_000;

/**
 * Repeats a query or an update that reached a worker in a moment when the attempt could not handle it, as after the loss
 * of the worker that had it. Nothing has come of it then, and the next one is handled.
 */
export async function askAgain<T>(call: () => Promise<T>): Promise<T> {
  const giveUpAtMs = performance.now() + GIVE_UP_AFTER_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!wasNotHandled(error) || performance.now() > giveUpAtMs) throw error;
      await delay(PAUSE_MS);
    }
  }
}

function wasNotHandled(error: unknown): boolean {
  // The SDK calls each query so that a worker has failed.
  if (error instanceof QueryNotRegisteredError) return error.message.includes(ASK_AGAIN);
  if (!(error instanceof WorkflowUpdateFailedError)) return false;
  // Temporal's server says this when a workflow task ended without a word on the update.
  return error.cause instanceof ApplicationFailure && error.cause.type === 'UnprocessedUpdate';
}
