import { AttemptInput, subjectOf } from '../../src/contract/attempt-input';
import { attemptWorkflowId } from '../../src/contract/workflow-id';
import { inputProblems } from '../../src/contract/input-problems';
import { MfaAnswer } from '../../src/contract/mfa-answer';
import { withoutNulls } from '../../src/contract/without-nulls';

const SECRET = 'correct-horse-battery-staple';
const credentials = { loginId: 'Gilfoyle', password: 'PiedPiper' };
const sealed = { sealed: 'aaaa.bbbb.cccc.dddd.eeee' };
const create = (operation: object = {}) => ({
  userId: 'user-1',
  operation: { kind: 'create', institutionId: 'AU00000', credentials, ...operation },
});

function problems(input: unknown): string {
  const parsed = AttemptInput.safeParse(input);
  if (parsed.success) throw new Error('it is valid');
  return inputProblems(parsed.error);
}

describe('an attempt’s input', () => {
  test('what has a default may be left out', () => {
    expect(AttemptInput.parse(create())).toEqual({
      userId: 'user-1',
      operation: { kind: 'create', institutionId: 'AU00000', credentials, additional: false },
      policy: {
        refreshTries: 3,
        refreshRetryMs: 600_000,
        mfaSettleMs: 20_000,
        mfaGraceMs: 60_000,
        stalledAfterMs: 3_600_000,
        unreachableAfterMs: 1_800_000,
      },
    });
  });

  test.each([
    ['sealed credentials', create({ credentials: sealed })],
    ['a user token', create({ credentials: { userToken: 'abc' } })],
    ['further fields of a login', create({ credentials: { ...credentials, securityCode: '1' } })],
    ['a reference', create({ reference: 'shop_2-A' })],
    [
      'an update',
      { userId: 'u', operation: { kind: 'update', connectionId: 'c', credentials: { password: 'p' } } },
    ],
    ['a refresh', { userId: 'u', operation: { kind: 'refresh', connectionId: 'c' } }],
    ['an adoption', { userId: 'u', operation: { kind: 'adopt', jobId: 'j' } }],
  ])('%s is valid', (_, input) => {
    expect(AttemptInput.safeParse(input).success).toBe(true);
  });

  test.each([
    ['a user id with a slash', { ...create(), userId: 'a/b' }, 'userId'],
    ['a user id with a quote', { ...create(), userId: 'a" OR "' }, 'userId'],
    [
      'a colon, which workflow ids are made with',
      create({ institutionId: 'AU:1' }),
      'operation.institutionId',
    ],
    ['a dot alone', create({ institutionId: '..' }), 'operation.institutionId'],
    ['an id of 101 characters', create({ institutionId: 'A'.repeat(101) }), 'operation.institutionId'],
    ['a reference with a colon', create({ reference: 'a:b' }), 'operation.reference'],
    ['an empty reference', create({ reference: '' }), 'operation.reference'],
    ['additional that is a word', create({ additional: 'yes' }), 'operation.additional'],
    [
      'an empty password',
      create({ credentials: { loginId: 'a', password: '' } }),
      'operation.credentials.password',
    ],
    [
      'sealed and plain at once',
      create({ credentials: { ...sealed, ...credentials } }),
      'operation.credentials',
    ],
    [
      'something sealed that is no JWE',
      create({ credentials: { sealed: SECRET } }),
      'operation.credentials.sealed',
    ],
    [
      'a JWE of 20,000 characters',
      create({ credentials: { sealed: `a.b.${'c'.repeat(20_000)}.d.e` } }),
      'operation.credentials.sealed',
    ],
    ['an unknown field', create({ [SECRET]: SECRET }), 'operation'],
    ['four tries', { ...create(), policy: { refreshTries: 4 } }, 'policy.refreshTries'],
    ['half a millisecond', { ...create(), policy: { mfaGraceMs: 0.5 } }, 'policy.mfaGraceMs'],
    ['an unknown policy', { ...create(), policy: { mfaGrace: 1 } }, 'policy'],
  ])('%s is refused by the name of its field', (_, input, field) => {
    expect(problems(input)).toMatch(new RegExp(`(^|; )${field}: `));
  });

  test('every problem is told at once', () => {
    const text = problems({ userId: '', operation: { kind: 'refresh' }, policy: { refreshTries: 0 } });
    expect(text.split('; ').map((problem) => problem.split(':')[0])).toEqual([
      'userId',
      'operation.connectionId',
      'policy.refreshTries',
    ]);
  });

  test('no problem shows a value or the name of an unknown field', () => {
    const places = [
      SECRET,
      [SECRET],
      { [SECRET]: SECRET },
      { ...create(), userId: `${SECRET}/` },
      create({ institutionId: `${SECRET}/` }),
      create({ reference: `${SECRET}:` }),
      create({ credentials: SECRET }),
      create({ credentials: { loginId: SECRET, password: 5 } }),
      create({ credentials: { ...credentials, [SECRET]: SECRET } }),
      create({ credentials: { sealed: SECRET } }),
      create({ additional: SECRET }),
      { ...create(), policy: SECRET },
      { ...create(), operation: { kind: SECRET } },
    ];
    for (const input of places) expect(problems(input)).not.toContain(SECRET);
  });
});

test.each([
  [{ kind: 'create', institutionId: 'AU00000' }, 'connection:u:AU00000', { institutionId: 'AU00000' }],
  [
    { kind: 'create', institutionId: 'AU00000', reference: 'shop' },
    'connection:u:AU00000:shop',
    { institutionId: 'AU00000' },
  ],
  [{ kind: 'update', connectionId: 'c-1' }, 'connection:u:c-1', { connectionId: 'c-1' }],
  [{ kind: 'refresh', connectionId: 'c-1' }, 'connection:u:c-1', { connectionId: 'c-1' }],
  [{ kind: 'adopt', jobId: 'j-1' }, 'job:j-1', { jobId: 'j-1' }],
] as const)('%j has its workflow id and the subject of its secrets', (operation, workflowId, subject) => {
  expect(attemptWorkflowId('u', operation)).toBe(workflowId);
  const secrets =
    operation.kind === 'create' ? credentials : operation.kind === 'update' ? { password: 'p' } : null;
  const input = { userId: 'u', operation: { ...operation, ...(secrets && { credentials: secrets }) } };
  expect(subjectOf(AttemptInput.parse(input).operation)).toEqual(subject);
});

describe('an MFA answer', () => {
  test.each([
    ['the bare array of Basiq’s guide', ['confirmed'], { response: ['confirmed'], challengeId: null }],
    ['an object', { response: ['1', '2'] }, { response: ['1', '2'], challengeId: null }],
    [
      'with its challenge',
      { response: ['1'], challengeId: 'j:1:a' },
      { response: ['1'], challengeId: 'j:1:a' },
    ],
    ['sealed', [sealed], { response: [sealed], challengeId: null }],
    ['sealed and plain', { response: [sealed, '1'] }, { response: [sealed, '1'], challengeId: null }],
    ['no answers', [], { response: [], challengeId: null }],
  ])('%s', (_, payload, parsed) => {
    expect(MfaAnswer.parse(payload)).toEqual(parsed);
  });

  test.each([
    ['nothing', undefined],
    ['a string', SECRET],
    ['a number in the array', [1]],
    ['an unknown field', { response: ['1'], [SECRET]: 1 }],
    ['sealed with a further field', [{ ...sealed, plain: SECRET }]],
    ['21 answers', Array.from({ length: 21 }, () => '1')],
    ['a challengeId of 201 characters', { response: ['1'], challengeId: 'x'.repeat(201) }],
  ])('%s is malformed, and the problem shows no value', (_, payload) => {
    const parsed = MfaAnswer.safeParse(payload);
    expect(parsed.success).toBe(false);
    if (!parsed.success) expect(inputProblems(parsed.error, 'answer')).not.toContain(SECRET);
  });
});

test('a field that is null counts as absent, an entry that is null does not', () => {
  expect(withoutNulls({ a: null, b: { c: null, d: 1 }, e: [null, { f: null }], g: '' })).toEqual({
    b: { d: 1 },
    e: [null, { f: null }],
    g: '',
  });
  for (const value of [null, 'a', 1, undefined]) expect(withoutNulls(value)).toBe(value);
});

test('nothing is so deep that looking for nulls ends in an error', () => {
  const deep: unknown = JSON.parse(`${'{"a":'.repeat(100_000)}null${'}'.repeat(100_000)}`);
  expect(AttemptInput.safeParse(withoutNulls(deep)).success).toBe(false);
  expect(MfaAnswer.safeParse(withoutNulls(deep)).success).toBe(false);
});
