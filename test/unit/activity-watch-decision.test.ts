import { askedChallenge } from '../../src/activities/look-at-job';
import type { Seen } from '../../src/activities/observation';
import { decideWatch, type WatchContext } from '../../src/activities/watch-decision';
import { jobDigest, type JobView } from '../../src/basiq/job';
import { queuePeriods } from '../../src/basiq/retry-queue';

const HOUR = 3_600_000;
const created = Date.parse('2026-11-22T00:00:00Z');
const iso = (ms: number) => new Date(created + ms).toISOString();

const facts = (verify: string, updatedMs = 0) => ({
  jobId: 'job-1',
  createdAt: iso(0),
  updatedAt: iso(updatedMs),
  connectionId: null,
  institutionId: null,
  steps: [
    { title: 'verify-credentials', status: verify },
    { title: 'retrieve-accounts', status: 'pending' },
  ],
});
const outage = { code: 'temporary-unavailable-queued', title: 'Temporarily unavailable', detail: null };
const queued = (verify = 'pending'): JobView => ({ ...facts(verify), state: 'queued', outage });
const running = (verify: string): JobView => ({ ...facts(verify), state: 'running' });
const failed: JobView = {
  ...facts('failed'),
  state: 'failed',
  failure: { step: 'verify-credentials', code: 'invalid-credentials', title: '', detail: null },
};
const challenge = {
  method: 'token',
  description: 'Code',
  prompts: ['Code'],
  expiresInMs: 120_000,
  fingerprint: 'abc',
};
const challenged: JobView = { ...facts('success'), state: 'challenged', challenge };

const seenOf = (view: JobView): Seen => ({ digest: jobDigest(view), state: view.state });

function decide(view: JobView, seen: Seen | null, ageMs = HOUR, more: Partial<WatchContext> = {}) {
  return decideWatch(view, created + ageMs, {
    seen,
    queue: queuePeriods(1),
    stalledAfterMs: HOUR,
    watchedMs: 0,
    stayedMs: 0,
    spread: 0,
    ask: (asked) => ({ ...asked.challenge, kind: 'answer', plainAnswersAllowed: false }),
    ...more,
  });
}

describe('news', () => {
  test.each([running('in-progress'), queued(), challenged, failed])('of a job never seen: $state', (view) => {
    expect(decide(view, null)).toMatchObject({
      next: 'report',
      observation: {
        kind: 'news',
        seen: seenOf(view),
        facts: { jobId: 'job-1', steps: view.steps },
        progress: { state: view.state },
      },
    });
  });

  test('of a job that moved', () => {
    const seen = seenOf(running('in-progress'));
    expect(decide(running('success'), seen)).toMatchObject({ next: 'report' });
    expect(decide(challenged, seen)).toMatchObject({ observation: { progress: { challenge } } });
    expect(decide(failed, seen)).toMatchObject({ observation: { progress: { failure: failed.failure } } });
  });

  test('of an outage says since when, until when, and when the watch itself must end', () => {
    expect(decide(queued(), seenOf(running('in-progress')), HOUR)).toMatchObject({
      observation: {
        progress: {
          parked: {
            ageMs: HOUR,
            givesUpInMs: 7 * 24 * HOUR - HOUR,
            tryEveryMs: 2 * HOUR,
            backstopInMs: 8 * 24 * HOUR - HOUR,
          },
        },
      },
    });
  });

  test('of another question in place of the one that was asked', () => {
    const other: JobView = { ...challenged, challenge: { ...challenge, fingerprint: 'other' } };
    expect(decide(other, seenOf(challenged))).toMatchObject({ next: 'report' });
  });
});

describe('no news', () => {
  test('of a job that runs: it is asked again', () => {
    expect(decide(running('in-progress'), seenOf(running('in-progress')))).toEqual({ next: 'poll' });
    expect(decide(challenged, seenOf(challenged))).toEqual({ next: 'poll' });
  });

  test('for too long is a stalled job, but never of a challenge, which a person answers', () => {
    const long = { watchedMs: HOUR + 1 };
    expect(decide(running('pending'), seenOf(running('pending')), HOUR, long)).toEqual({
      next: 'report',
      observation: { kind: 'stalled' },
    });
    expect(decide(challenged, seenOf(challenged), HOUR, long)).toEqual({ next: 'poll' });
  });

  test('of a queued job: the next look is after Basiq’s next try', () => {
    expect(decide(queued(), seenOf(queued()), HOUR)).toMatchObject({ next: 'park', delayMs: HOUR + 60_000 });
    expect(decide(queued(), seenOf(queued()), HOUR, { spread: 1 })).toMatchObject({
      delayMs: HOUR + 120_000,
    });
  });
});

describe('one of Basiq’s own tries', () => {
  const parked = seenOf(queued());

  test.each([queued('in-progress'), running('in-progress'), running('pending')])(
    'is waited out, and is no news ($state)',
    (view) => {
      expect(decide(view, parked, 2 * HOUR)).toEqual({ next: 'poll' });
    },
  );

  test('is not waited out for ever', () => {
    const decision = decide(queued('in-progress'), parked, 2 * HOUR, { stayedMs: 4 * 60_000 });
    expect(decision).toMatchObject({ next: 'park' });
    expect(decision.next === 'park' && decision.delayMs).toBeLessThanOrEqual(2 * HOUR + 120_000);
  });

  test('that ends well, badly or with a challenge is news', () => {
    for (const view of [running('success'), failed, challenged]) {
      expect(decide(view, parked, 2 * HOUR)).toMatchObject({ next: 'report' });
    }
  });

  test('at the ceiling does not put it off', () => {
    expect(decide(queued('in-progress'), parked, 7 * 24 * HOUR + HOUR)).toEqual({
      next: 'report',
      observation: { kind: 'ceiling' },
    });
  });
});

test('the ceiling ends the watch at seven days and an hour by Basiq’s clock', () => {
  const parked = seenOf(queued());
  expect(decide(queued(), parked, 7 * 24 * HOUR + HOUR - 1_000)).toMatchObject({
    next: 'park',
    delayMs: 1_000,
  });
  expect(decide(queued(), parked, 7 * 24 * HOUR + HOUR)).toEqual({
    next: 'report',
    observation: { kind: 'ceiling' },
  });
});

describe('what kind of challenge it is', () => {
  const settings = { appApprovalInstitutions: ['Bendigo', 'AU77777'], allowPlainSecrets: false };
  const kindOf = (institution: { id: string | null; name: string | null }, prompts = ['Code']) =>
    askedChallenge(settings, institution, { ...challenged, challenge: { ...challenge, prompts } }).kind;

  test.each([
    [{ id: 'AU00002', name: 'Pied Piper' }, 'answer'],
    [{ id: null, name: null }, 'answer'],
    [{ id: 'AU77777', name: null }, 'approve'],
    [{ id: 'AU1', name: 'bendigo BANK' }, 'approve'],
    [{ id: 'AU1', name: 'Bank of Bendigo' }, 'answer'],
    [{ id: 'Bendigo', name: null }, 'approve'],
  ] as const)('%j: %s', (institution, kind) => {
    expect(kindOf(institution)).toBe(kind);
  });

  test('without a prompt it is an approval', () => {
    expect(kindOf({ id: 'AU00002', name: 'Pied Piper' }, [])).toBe('approve');
  });
});
