import { QueryNotRegisteredError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { askAgain } from '../../src/client/ask-again';
import { ASK_AGAIN } from '../../src/contract/names';

// eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- INVALID_ARGUMENT of gRPC, whose package is the SDK's
const queryFailed = (message: string) => new QueryNotRegisteredError(message, 3);
const ranAhead = queryFailed(ASK_AGAIN);
const updateFailed = (type: string) =>
  new WorkflowUpdateFailedError('Workflow Update failed', ApplicationFailure.create({ type }));

/** Fails with each of the errors in turn, and then gives the number of calls. */
function failing(...errors: Error[]) {
  const calls = { made: 0 };
  const call = () => {
    const error = errors[calls.made];
    calls.made += 1;
    return error === undefined ? Promise.resolve(calls.made) : Promise.reject(error);
  };
  return { calls, call };
}

test('what no workflow task has handled is asked again', async () => {
  const { call } = failing(ranAhead, updateFailed('UnprocessedUpdate'), ranAhead);
  expect(await askAgain(call)).toBe(4);
});

test.each([
  ['a query that the attempt does not know', queryFailed('no such query')],
  ['an answer that was refused', updateFailed('stale-challenge')],
  ['anything else', new Error('ask again')],
])('%s is not', async (_, error) => {
  const { calls, call } = failing(error);
  await expect(askAgain(call)).rejects.toBe(error);
  expect(calls.made).toBe(1);
});
