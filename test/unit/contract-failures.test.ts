import { ERROR_TABLE, errorRow, isKnownErrorCode } from '../../src/contract/error-table';
import { attemptFailure, AttemptFailure } from '../../src/contract/failures';

const long = 'x'.repeat(10_000);
const id = 'j'.repeat(36);

/** What Temporal keeps of a failed workflow: the message says title and detail once more. */
function bytesOf(failure: AttemptFailure): number {
  const message = `${failure.title}: ${failure.detail ?? ''}`;
  return Buffer.byteLength(JSON.stringify({ message, details: [failure] }));
}

describe('a failure stays under the 4 KB over which Temporal drops its details', () => {
  test.each(Object.keys(ERROR_TABLE))('%s, however much Basiq said', (code) => {
    const failure = attemptFailure({
      code,
      title: long,
      detail: long,
      step: long,
      jobId: id,
      connectionId: id,
      correlationId: id,
      related: [{ kind: 'connection', id }],
    });
    expect(bytesOf(failure)).toBeLessThan(4_096);
    expect(AttemptFailure.parse(failure)).toEqual(failure);
  });

  test.each(['é', '銀', '🏦'])('in any script: %s', (character) => {
    const text = character.repeat(5_000);
    const related = Array.from({ length: 10 }, () => ({ kind: 'job', id }) as const);
    const failure = attemptFailure({ code: 'temporary-unavailable', title: text, detail: text, related });
    expect(bytesOf(failure)).toBeLessThan(4_096);
    expect(text.startsWith(failure.title)).toBe(true);
    expect(failure.detail).not.toMatch(/\p{Surrogate}/u);
  });

  test('however many jobs it names, under the longest ids that we take', () => {
    const related = Array.from({ length: 50 }, () => ({ kind: 'job', id: 'j'.repeat(100) }) as const);
    const failure = attemptFailure({ code: 'start-ambiguous', related });
    expect(bytesOf(failure)).toBeLessThan(4_096);
    expect(failure.related).toHaveLength(10);
  });
});

test('what is not known is null, and the table fills in the rest', () => {
  expect(attemptFailure({ code: 'mfa-expired' })).toEqual({
    code: 'mfa-expired',
    title: ERROR_TABLE['mfa-expired'].title,
    detail: null,
    step: null,
    jobId: null,
    connectionId: null,
    correlationId: null,
    actor: 'person',
    remedy: ERROR_TABLE['mfa-expired'].remedy,
    tryAgain: 'after-action',
    related: [],
  });
});

test('an empty title of Basiq’s is replaced by ours', () => {
  expect(attemptFailure({ code: 'maintenance', title: '' }).title).toBe(ERROR_TABLE.maintenance.title);
});

test('an unknown code keeps its name and gets the advice for unknown errors', () => {
  const { code, remedy, actor } = attemptFailure({ code: 'moon-unreachable' });
  expect({ code, remedy, actor }).toEqual({
    code: 'moon-unreachable',
    remedy: ERROR_TABLE['unknown-error'].remedy,
    actor: ERROR_TABLE['unknown-error'].actor,
  });
});

test('names that every JavaScript object has are not codes of the table', () => {
  for (const name of ['constructor', 'toString', '__proto__', 'hasOwnProperty']) {
    expect(isKnownErrorCode(name)).toBe(false);
    expect(errorRow(name)).toBe(ERROR_TABLE['unknown-error']);
  }
});

test('each row says what it means and what to do', () => {
  for (const { title, remedy } of Object.values(ERROR_TABLE)) {
    expect(title.length).toBeGreaterThan(5);
    expect(remedy).toMatch(/\.$/);
  }
});
