import { queuePeriods } from '../../src/basiq/retry-queue';
import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(async () => {
  world.settings.queue = queuePeriods(1);
  await world.tidy();
});
afterAll(() => world.stop());

async function parked(institutionId: string, who: { loginId: string; password: string } = PEOPLE.gilfoyle) {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, institutionId, who));
  const status = await world.until(workflowId, ({ phase }) => phase === 'queued');
  const { jobId } = await world.jobOf(userId);
  return {
    userId,
    workflowId,
    status,
    jobId,
    looks: () => world.admin.count('GET', `/jobs/${jobId}`),
    posts: () => world.admin.count('POST', `/users/${userId}/connections`),
    tookMs: async () => {
      const handle = world.env.client.workflow.getHandle(workflowId);
      const { startTime, closeTime } = await handle.describe();
      return (closeTime?.getTime() ?? NaN) - startTime.getTime();
    },
  };
}

/** One look a try, and a few around them: the first ones, and what a margin or a rounding may cost. */
const mostLooks = (tries: number) => Math.ceil(tries * 1.1) + 6;

test('while the bank is unavailable the status says so, on whom, and until when', async () => {
  const { workflowId, status, jobId } = await parked('AU90002');
  const { outage } = status;
  expect(status).toMatchObject({ waitingOn: 'bank', jobId, challenge: null, failure: null });
  const nowMs = await world.env.currentTimeMs();
  expect(Math.abs(Date.parse(outage?.since ?? '') - nowMs)).toBeLessThan(10_000);
  expect(Math.abs(Date.parse(outage?.until ?? '') - nowMs - 7 * DAY_MS)).toBeLessThan(10_000);
  expect(status.waitingUntil).toBe(outage?.until);
  // A look that is under way counts as made, and has no result yet.
  const { looks } = await world.until(workflowId, ({ looks: made }) => made?.lastResult != null);
  expect(looks?.lastResult).toBe('the bank is still unavailable');
});

describe('the attempt follows the job out of the queue', () => {
  test.each([1, 3, 84])('at try %i, by one look a try', async (tries) => {
    await world.bank('AU90002', { recoversAfterTries: tries });
    const { workflowId, userId, looks, posts, tookMs } = await parked('AU90002');
    const { connectionId } = await world.client.result(workflowId);
    expect(await world.jobOf(userId)).toMatchObject({ queueTries: tries, state: 'succeeded', connectionId });
    expect(await looks()).toBeLessThanOrEqual(mostLooks(tries));
    expect(await looks()).toBeGreaterThanOrEqual(tries);
    expect(await posts()).toBe(1);
    // The news is minutes old, not hours.
    expect(await tookMs()).toBeLessThan(tries * 2 * HOUR_MS + 10 * 60_000);
  });

  test('with credentials that prove wrong once the bank is back', async () => {
    const { workflowId } = await parked('AU90001', PEOPLE.bighead);
    expect(await world.failure(workflowId)).toMatchObject({
      code: 'invalid-credentials',
      step: 'verify-credentials',
    });
  });

  test('through a try that takes its time, and fails: nobody is told that the bank is back', async () => {
    // Looks come a minute after a try began, and find it under way for some seconds more.
    await world.bank('AU90002', { recoversAfterTries: 2, tryTakesMs: 64_000 });
    world.settings.queue = { ...queuePeriods(1), lookSpreadMs: 0 };
    const { workflowId, userId, looks } = await parked('AU90002');
    const end = world.client.result(workflowId);
    const phases = new Set<string>();
    await world.until(workflowId, ({ phase, waitingOn }) => {
      phases.add(phase);
      return waitingOn === 'nobody';
    });
    await end;
    expect(await world.jobOf(userId)).toMatchObject({ queueTries: 2 });
    expect([...phases]).toEqual(['queued', 'succeeded']);
    expect(await looks()).toBeGreaterThan(6);
  });
});

test("Basiq gives up after seven days, and so does the attempt, with Basiq's words", async () => {
  const { workflowId, userId, looks, posts, tookMs } = await parked('AU90002');
  expect(await world.failure(workflowId)).toMatchObject({
    code: 'temporary-unavailable',
    step: 'verify-credentials',
    detail: 'The institution stayed unavailable for as long as the request was queued.',
    actor: 'person',
    tryAgain: 'later',
  });
  expect(await world.jobOf(userId)).toMatchObject({ queueTries: 84, state: 'failed' });
  expect(await looks()).toBeLessThanOrEqual(mostLooks(84));
  expect(await looks()).toBeGreaterThanOrEqual(84);
  expect(await posts()).toBe(1);
  expect(await tookMs()).toBeLessThan(7 * DAY_MS + HOUR_MS);
  expect(await world.client.status(workflowId)).toMatchObject({
    phase: 'failed',
    outage: null,
    waitingUntil: null,
  });
});

describe('a challenge after the outage', () => {
  test('is asked, and answered', async () => {
    const { workflowId, jobId } = await parked('AU90003', PEOPLE.jared);
    const end = world.client.result(workflowId);
    const challenge = await world.asked(workflowId);
    // It counts from when it was asked, not from when the attempt began.
    expect(Date.parse(challenge.deadlineAt)).toBeGreaterThan(await world.env.currentTimeMs());
    await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    expect(await end).toMatchObject({ jobId });
    expect(await world.admin.count('POST', `/jobs/${jobId}/mfa`)).toBe(1);
  });

  test('is not answered, since the person has gone', async () => {
    await world.bank('AU90003', { mfaExpiryMs: 1, mfaExpiry: 'stays' });
    const userId = await world.newUser();
    const policy = { mfaGraceMs: 500 };
    const workflowId = await world.start(create(userId, 'AU90003', PEOPLE.jared, { policy }));
    expect(await world.failure(workflowId)).toMatchObject({
      code: 'mfa-expired',
      remedy: expect.stringContaining('when the person is present') as string,
    });
    expect(await world.jobOf(userId)).toMatchObject({ queueTries: 1 });
  });
});
