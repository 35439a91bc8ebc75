import { ERROR_TABLE } from '../../src/contract/error-table';
import { attemptFailure } from '../../src/contract/failures';
import { openAttempts } from '../../src/telemetry/attempt-census';
import { statusLabel } from '../../src/telemetry/basiq-metrics';
import { reasonOf } from '../../src/telemetry/worker-health';
import { institutionLabel, outageEnd, outcomeLabel } from '../../src/workflows/attempt-metrics';

const failure = (code: string, step: string | null = null) => attemptFailure({ code, step });

describe('the outcome of an attempt', () => {
  test.each(['submitting', 'verifying', 'awaiting-mfa', 'confirming-mfa', 'queued', 'retrieving'] as const)(
    '%s is none',
    (phase) => {
      expect(outcomeLabel({ phase, failure: null })).toBeNull();
    },
  );

  test('is the phase or the code', () => {
    expect(outcomeLabel({ phase: 'succeeded', failure: null })).toBe('succeeded');
    expect(outcomeLabel({ phase: 'cancelled', failure: null })).toBe('cancelled');
    for (const code of Object.keys(ERROR_TABLE)) {
      expect(outcomeLabel({ phase: 'failed', failure: failure(code) })).toBe(code);
    }
  });

  test('a code that Basiq made up since makes no new series', () => {
    expect(outcomeLabel({ phase: 'failed', failure: failure('bank-on-holiday') })).toBe('other');
    expect(outcomeLabel({ phase: 'failed', failure: failure('constructor') })).toBe('other');
  });
});

describe('the institution', () => {
  test.each([
    ['named by Basiq', 'Hooli', null, 'AU00000'],
    ['taken by Basiq for a job', null, 'job-1', 'AU00000'],
    ['only claimed', null, null, 'unknown'],
  ])('%s', (_, institutionName, jobId, label) => {
    expect(institutionLabel({ institutionId: 'AU00000', institutionName, jobId })).toBe(label);
  });

  test('of an attempt that does not know it', () => {
    expect(institutionLabel({ institutionId: null, institutionName: null, jobId: 'job-1' })).toBe('unknown');
  });
});

test.each([
  ['verifying', null, 'recovered'],
  ['awaiting-mfa', null, 'recovered'],
  ['succeeded', null, 'recovered'],
  ['failed', failure('invalid-credentials', 'verify-credentials'), 'recovered'],
  ['failed', failure('temporary-unavailable', 'verify-credentials'), 'expired'],
  ['failed', failure('resource-not-found'), 'unknown'],
  ['cancelled', null, 'cancelled'],
] as const)('an outage that is followed by %s (%o) %s', (phase, ended, end) => {
  expect(outageEnd({ phase, failure: ended })).toBe(end);
});

test.each([
  [200, null, '200'],
  [404, 'resource-not-found', '404'],
  [503, 'http-503', '503'],
  [null, 'timeout', 'timeout'],
  [null, 'network-error', 'network-error'],
  [200, 'malformed-response', 'malformed-response'],
  [null, 'some-address', 'no-answer'],
])('a call with status %s and error %s counts as %s', (status, errorCode, label) => {
  expect(statusLabel({ status, errorCode })).toBe(label);
});

test('open attempts are counted on one task queue, whatever it is called', () => {
  expect(openAttempts('a"b\\c', 'queued')).toBe(
    'WorkflowType = "connectionAttempt" AND TaskQueue = "a\\"b\\\\c" AND ExecutionStatus = "Running" AND ConnectionPhase = "queued"',
  );
  expect(openAttempts('q', null)).toMatch(/ AND ConnectionPhase IS NULL$/);
});

test('a worker that does not run says why', () => {
  expect(reasonOf('INITIALIZED')).toBe('the worker is starting');
  expect(reasonOf('DRAINING')).toBe('the worker is stopping');
  expect(reasonOf('FAILED')).toBe('the worker has failed');
});
