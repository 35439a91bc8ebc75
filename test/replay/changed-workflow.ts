import { sleep } from '@temporalio/workflow';
import { connectionAttempt as unchanged } from '../../src/workflows';

/** What a careless change looks like to Temporal: one timer more, at the beginning. */
export async function connectionAttempt(input: unknown): Promise<unknown> {
  await sleep(1);
  return unchanged(input);
}
