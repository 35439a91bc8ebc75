import { DEMO_ATTEMPTS, type DemoAttempt } from '../../demo/attempts';
import { summaryTable, whatWentWrong, type SummaryRow } from '../../demo/summary-table';

function attempt(key: string): DemoAttempt {
  return DEMO_ATTEMPTS.find((one) => one.key === key)!;
}

function asItShouldBe(key: string): SummaryRow {
  const { end, mfaPosts, queued } = attempt(key).expected;
  return {
    attempt: attempt(key),
    end,
    requests: 10,
    creates: 1,
    mfaPosts: mfaPosts ?? 1,
    looks: queued ? 3 : 0,
    historyEvents: 40,
  };
}

test('there are seven attempts, and nothing is wrong with one that went as it should', () => {
  expect(DEMO_ATTEMPTS.map(({ key }) => key).join('')).toBe('abcdefg');
  for (const { key } of DEMO_ATTEMPTS) expect(whatWentWrong(asItShouldBe(key))).toEqual([]);
});

test.each<[string, string, Partial<SummaryRow>, string]>([
  [
    'another end',
    'a',
    { end: { ended: 'failed', code: 'job-stalled' } },
    'ended failed: job-stalled, not succeeded',
  ],
  [
    'another code',
    'g',
    { end: { ended: 'failed', code: 'x' } },
    'failed: x, not failed: invalid-credentials',
  ],
  ['success that should fail', 'f', { end: { ended: 'succeeded' } }, 'not failed: temporary-unavailable'],
  ['two jobs', 'e', { creates: 2 }, 'Basiq got 2 POSTs of a connection, not 1'],
  ['an answer sent twice', 'd', { mfaPosts: 2 }, 'Basiq got 2 MFA answers, not 1'],
  ['a wrong answer that was not sent', 'c', { mfaPosts: 1 }, 'Basiq got 1 MFA answers, not 2'],
  ['no outage', 'e', { looks: 0 }, 'Basiq did not park its job'],
  ['an outage', 'a', { looks: 1 }, 'Basiq parked its job'],
])('%s is named and marked', (_what, key, change, problem) => {
  const row = { ...asItShouldBe(key), ...change };
  expect(whatWentWrong(row)).toEqual([expect.stringContaining(problem)]);
  expect(whatWentWrong(row)[0]).toContain(`${key} ${attempt(key).name}: `);
  expect(summaryTable([row])[1]).toMatch(/ NO +10 /);
});
