import type { AttemptStatus, StepStatus } from '../../src/contract/attempt-status';
import { attemptFailure } from '../../src/contract/failures';
import { CheckNow } from '../../src/workflows/check-now';
import { currentDetails } from '../../src/workflows/current-details';
import { phaseOfJob } from '../../src/workflows/phase-of-job';

const steps = (verify: string, mfa: string | null = null): StepStatus[] => [
  { title: 'verify-credentials', status: verify },
  ...(mfa === null ? [] : [{ title: 'mfa-challenge', status: mfa }]),
  { title: 'retrieve-accounts', status: 'pending' },
];

test.each([
  ['pending', null, false, 'verifying'],
  ['in-progress', null, false, 'verifying'],
  ['success', null, false, 'retrieving'],
  ['success', 'pending', false, 'verifying'],
  ['success', 'in-progress', false, 'verifying'],
  ['success', 'in-progress', true, 'confirming-mfa'],
  ['success', 'success', true, 'retrieving'],
  ['success', 'skipped', false, 'retrieving'],
])('verify %s, mfa %s, answered %s: %s', (verify, mfa, answered, phase) => {
  expect(phaseOfJob(steps(verify, mfa), answered)).toBe(phase);
});

test('a job without steps is being verified', () => {
  expect(phaseOfJob([], false)).toBe('verifying');
});

describe('checkNow', () => {
  test('is asked for once, and then not for a minute', () => {
    const checks = new CheckNow();
    expect(checks.isRequested).toBe(false);
    checks.request(1_000);
    expect(checks.isRequested).toBe(true);
    checks.begin(1_000);
    expect(checks.isRequested).toBe(false);
    checks.request(60_999);
    expect(checks.isRequested).toBe(false);
    checks.request(61_000);
    expect(checks.isRequested).toBe(true);
  });

  test('cannot fill a history, however long somebody presses the button', () => {
    const checks = new CheckNow();
    let looks = 0;
    for (let minute = 0; minute < 7 * 24 * 60; minute++) {
      checks.request(minute * 60_000);
      if (!checks.isRequested) continue;
      checks.begin(minute * 60_000);
      looks += 1;
    }
    expect(looks).toBeGreaterThan(84);
    expect(looks).toBeLessThanOrEqual(1_000);
  });
});

describe('the text in Temporal’s UI', () => {
  const running: AttemptStatus = {
    userId: 'user-1',
    operation: 'create',
    subject: { institutionId: 'AU00000' },
    phase: 'verifying',
    waitingOn: 'bank',
    waitingUntil: null,
    jobId: 'job-1',
    connectionId: null,
    institutionId: 'AU00000',
    institutionName: 'Hooli Bank',
    steps: steps('in-progress'),
    challenge: null,
    outage: null,
    failure: null,
    lastIgnoredAnswer: null,
  };

  test('says the phase, whom it waits on, and what it is about', () => {
    const text = currentDetails(running);
    expect(text).toMatch(/^\*\*verifying\*\*, waiting on the bank/);
    expect(text).toContain('Hooli Bank');
    expect(text).toContain('job-1');
    expect(text).not.toContain('user-1');
  });

  test('shows what a bank writes as text, never as a link, a picture or HTML', () => {
    const bad = '![x](http://evil.example/p.png) [click](javascript:alert(1)) <img src=x> `a` **b** # c | d';
    const text = currentDetails({
      ...running,
      phase: 'awaiting-mfa',
      waitingOn: 'user',
      waitingUntil: '2026-11-22T10:02:00.000Z',
      institutionName: bad,
      steps: [{ title: bad, status: bad }],
      challenge: {
        challengeId: 'job-1:1:a',
        round: 1,
        kind: 'answer',
        method: 'token',
        description: bad,
        prompts: [bad, 'two\n\nlines'],
        deadlineAt: '2026-11-22T10:02:00.000Z',
        plainAnswersAllowed: false,
      },
      failure: attemptFailure({ code: 'unknown-error', detail: bad }),
    });
    expect(text).not.toMatch(/(^|[^\\])\]\(|(^|[^\\])!\[|(^|[^\\])<img/);
    expect(text).toContain('two lines');
    expect(text).toContain('until 2026-11-22T10:02:00');
  });

  test('says what to do about a failure', () => {
    const failure = attemptFailure({ code: 'mfa-expired' });
    const text = currentDetails({ ...running, phase: 'failed', waitingOn: 'nobody', failure });
    expect(text.split(/ *\n/)[0]).toBe('**failed**');
    expect(text).toContain('`mfa-expired`');
    expect(text).toContain(failure.remedy);
  });

  test('says since when and until when the bank is unavailable, and that an answer was ignored', () => {
    const text = currentDetails({
      ...running,
      phase: 'queued',
      outage: { since: '2026-11-22T10:00:00.000Z', until: '2026-11-29T10:00:00.000Z' },
      lastIgnoredAnswer: {
        reason: 'no-open-challenge',
        message: 'No challenge is open',
        at: '2026-11-22T11:00:00.000Z',
      },
    });
    expect(text).toContain('since 2026-11-22T10:00:00');
    expect(text).toContain('until 2026-11-29T10:00:00');
    expect(text).toContain('Ignored an answer at 2026-11-22T11:00:00');
  });
});
