import { DeterminismViolationError } from '@temporalio/workflow';
import { replayFailure } from '../../src/replay/replay-failure';

/** As Temporal 1.24 gives them: a whole failure in Rust's notation. */
const misfit = new DeterminismViolationError(
  'Replay failed with a nondeterminism error. Details: Workflow activation completion failed: Failure { failure: ' +
    'Some(Failure { message: "[TMPRL1100] Nondeterminism error: Activity type of \\"startJob\\" does not match", ' +
    'source: "", stack_trace: "", failure_info: None }), force_cause: NonDeterministicError }',
);
const thrown = new Error(
  'Replay failed due workflow task failure. Details: Workflow activation completion failed: Failure { failure: ' +
    'Some(Failure { message: "no bank for {\\"userId\\":\\"gavin\\"}", source: "TypeScriptSDK", stack_trace: ' +
    '"/app/workflow-bundle-31d6.js:6456\\n            throw this.workflowTaskError;\\n            ^\\n\\n' +
    'TypeError: no bank for {\\"userId\\":\\"gavin\\"}\\n    at followJob (/app/src/workflows/follow-job.ts:1:64)\\n' +
    '    at run (/app/src/workflows/connection-attempt.ts:9:1)\\n    at more (/app/x.ts:1:1)", cause: None }) }',
);

test('code that does not fit a history: what Temporal says of the events', () => {
  expect(replayFailure(misfit)).toBe(
    '[TMPRL1100] Nondeterminism error: Activity type of "startJob" does not match',
  );
});

test('an error of the workflow code: class and place, not its message, which may quote a payload', () => {
  expect(replayFailure(thrown)).toBe(
    'the workflow code throws TypeError at followJob (/app/src/workflows/follow-job.ts:1:64), called from run (/app/src/workflows/connection-attempt.ts:9:1)',
  );
});

test('an error of another shape gives away nothing of it', () => {
  expect(replayFailure(new Error('something with a password'))).toBe('the workflow code throws an error');
  expect(replayFailure(new DeterminismViolationError('a password'))).toBe(
    'the code does not fit the history',
  );
});
