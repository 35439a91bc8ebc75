import { challengeIdOf, isEarly } from '../../src/workflows/early-answer';

const sealed = { sealed: 'a.b.c.d.e' };
const next = challengeIdOf('job', 2, 'abc');

test('the next question of the job: early', () => {
  expect(isEarly({ response: [sealed], challengeId: next }, 'job', 1)).toBe(true);
  expect(isEarly({ response: ['confirmed'], challengeId: next }, 'job', 1)).toBe(true);
});

test('a question that was asked, one further off, another job, none that is named: not early', () => {
  const response = [sealed];
  expect(isEarly({ response, challengeId: next }, 'job', 2)).toBe(false);
  expect(isEarly({ response, challengeId: next }, 'job', 0)).toBe(false);
  expect(isEarly({ response, challengeId: next }, 'jo', 1)).toBe(false);
  expect(isEarly({ response, challengeId: next }, null, 1)).toBe(false);
  expect(isEarly({ response, challengeId: challengeIdOf('job', 20, 'abc') }, 'job', 1)).toBe(false);
  expect(isEarly({ response, challengeId: null }, 'job', 1)).toBe(false);
});

test('a secret in plain text is not taken into the history on the chance that it may be', () => {
  expect(isEarly({ response: ['1234'], challengeId: next }, 'job', 1)).toBe(false);
  expect(isEarly({ response: [sealed, '1234'], challengeId: next }, 'job', 1)).toBe(false);
});
