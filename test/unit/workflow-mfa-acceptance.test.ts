import type { Challenge } from '../../src/contract/attempt-status';
import { whyRefused } from '../../src/workflows/mfa-acceptance';

const NOW = Date.parse('2026-11-22T10:00:00Z');
const SECRET = 'correct-horse';

const question: Challenge = {
  challengeId: 'job:1:abc',
  round: 1,
  kind: 'answer',
  method: 'token',
  description: 'Enter the code',
  prompts: ['Code'],
  deadlineAt: '2026-11-22T10:02:00.000Z',
  plainAnswersAllowed: true,
};
const approval: Challenge = { ...question, kind: 'approve', prompts: [] };
const sealed = { sealed: 'a.b.c.d.e' };

function reason(
  answer: { response: (string | { sealed: string })[]; challengeId?: string },
  challenge: Challenge | null = question,
  { answered = false, nowMs = NOW } = {},
): string | null {
  const refused = whyRefused({ challengeId: null, ...answer }, { challenge, answered }, nowMs);
  if (refused !== null) expect(refused.message).not.toContain(SECRET);
  return refused?.reason ?? null;
}

test('taken: with or without the challenge’s id, plain or sealed', () => {
  expect(reason({ response: [SECRET] })).toBeNull();
  expect(reason({ response: [SECRET], challengeId: 'job:1:abc' })).toBeNull();
  expect(reason({ response: [sealed] }, { ...question, plainAnswersAllowed: false })).toBeNull();
});

test('refused: no open challenge, stale, answered, late, miscounted, plain', () => {
  expect(reason({ response: [SECRET] }, null)).toBe('no-open-challenge');
  expect(reason({ response: [SECRET], challengeId: 'job:2:abc' })).toBe('stale-challenge');
  expect(reason({ response: [SECRET] }, question, { answered: true })).toBe('already-answered');
  expect(reason({ response: [SECRET] }, question, { nowMs: NOW + 120_001 })).toBe('deadline-passed');
  expect(reason({ response: [] })).toBe('wrong-number-of-answers');
  expect(reason({ response: [SECRET, SECRET] })).toBe('wrong-number-of-answers');
  const strict = { ...question, prompts: ['a', 'b'], plainAnswersAllowed: false };
  expect(reason({ response: [sealed, SECRET] }, strict)).toBe('plain-answer-refused');
});

test('at the deadline itself an answer is still taken', () => {
  expect(reason({ response: [SECRET] }, question, { nowMs: NOW + 120_000 })).toBeNull();
});

test('a stale answer is told so even when the open challenge was answered', () => {
  expect(reason({ response: ['1'], challengeId: 'job:0:x' }, question, { answered: true })).toBe(
    'stale-challenge',
  );
});

describe('an approval', () => {
  const strict = { ...approval, plainAnswersAllowed: false };

  test('takes confirmed in plain text, whatever its prompts', () => {
    expect(reason({ response: ['confirmed'] }, strict)).toBeNull();
    expect(
      reason({ response: ['confirmed'] }, { ...strict, prompts: ['Open the app', 'and approve'] }),
    ).toBeNull();
  });

  test('takes nothing else in plain text', () => {
    expect(reason({ response: [SECRET] }, strict)).toBe('plain-answer-refused');
    expect(reason({ response: ['confirmed', 'confirmed'] }, strict)).toBe('wrong-number-of-answers');
    expect(reason({ response: [] }, strict)).toBe('wrong-number-of-answers');
  });

  test('is no way around a question: confirmed to a question is an answer like any other', () => {
    expect(reason({ response: ['confirmed'] }, { ...question, plainAnswersAllowed: false })).toBe(
      'plain-answer-refused',
    );
  });
});
