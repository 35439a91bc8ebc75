import { queuePeriods } from '../../src/basiq/retry-queue';
import { create, TimeSkippingWorld } from './time-skipping-world';

const DAY_MS = 24 * 3_600_000;
const LOOK = 'GET /jobs/:jobId';

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(async () => {
  world.settings.queue = queuePeriods(1);
  await world.tidy();
  await world.admin.settings({ queueScale: 1 });
});
afterAll(() => world.stop());

async function parked() {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU90002'));
  await world.until(
    workflowId,
    ({ phase, looks }) => phase === 'queued' && typeof looks?.lastResult === 'string',
  );
  const { jobId } = await world.jobOf(userId);
  return { userId, workflowId, jobId, looks: () => world.admin.count('GET', `/jobs/${jobId}`) };
}

async function tookMs(workflowId: string): Promise<number> {
  const { startTime, closeTime } = await world.env.client.workflow.getHandle(workflowId).describe();
  return (closeTime?.getTime() ?? NaN) - startTime.getTime();
}

describe("our own ceiling, when Basiq's does not come", () => {
  test('a job that still says queued an hour after its seven days ends the attempt', async () => {
    // This Basiq tries every four hours, for fourteen days.
    await world.admin.settings({ queueScale: 0.5 });
    const { workflowId, jobId, looks } = await parked();
    expect(await world.failure(workflowId)).toMatchObject({
      code: 'temporary-unavailable',
      step: 'verify-credentials',
      detail: expect.stringContaining('Our own limit') as string,
      jobId,
    });
    expect(await tookMs(workflowId)).toBeGreaterThanOrEqual(7 * DAY_MS + 3_600_000);
    expect(await tookMs(workflowId)).toBeLessThan(7 * DAY_MS + 2 * 3_600_000);
    expect(await looks()).toBeLessThanOrEqual(100);
  });

  test('a Basiq that never answers again ends the attempt a day later', async () => {
    // As in production but for the time between two looks that fail, of which there would be 2,300.
    world.settings.queue = { ...queuePeriods(1), lookAgainAfterErrorMs: 3_600_000 };
    const { workflowId, looks } = await parked();
    const before = await looks();
    await world.admin.fault({ route: LOOK, count: 100_000, fault: { kind: 'status', status: 500 } });
    expect(await world.failure(workflowId)).toMatchObject({
      code: 'temporary-unavailable',
      detail: expect.stringContaining('Our own limit') as string,
    });
    expect(await tookMs(workflowId)).toBeGreaterThan(7.9 * DAY_MS);
    expect(await tookMs(workflowId)).toBeLessThan(8.1 * DAY_MS);
    expect((await looks()) - before).toBeLessThanOrEqual(8 * 24 + 2);
  });

  test('a look that hangs when that day is over does not change the end', async () => {
    const short = { tryEveryMs: 1_500, givesUpAfterMs: 1_000_000, backstopAfterMs: 1_500 };
    world.settings.queue = { ...queuePeriods(1), ...short };
    const userId = await world.newUser();
    // The first read sees the queue; the next one is the parked watch's, and hangs for longer than it may take.
    await world.admin.fault({ route: LOOK, fault: { kind: 'delay', ms: 0 } });
    await world.admin.fault({ route: LOOK, count: 1_000, fault: { kind: 'delay', ms: 1_900 } });
    const workflowId = await world.start(create(userId, 'AU90002'));
    expect(await world.failure(workflowId)).toMatchObject({
      code: 'temporary-unavailable',
      detail: expect.stringContaining('Our own limit') as string,
    });
  });
});

describe('while it is parked an attempt outlives', () => {
  test.each([
    { name: 'a Basiq that answers 500', fault: { kind: 'status', status: 500 } },
    { name: 'a refused API key or token', fault: { kind: 'status', status: 401 } },
    { name: 'too many requests', fault: { kind: 'status', status: 429, retryAfterSeconds: 86_400 } },
    { name: 'resets', fault: { kind: 'reset-before' } },
    { name: 'garbled answers', fault: { kind: 'malformed' } },
    { name: 'a redirect', fault: { kind: 'redirect', location: 'http://127.0.0.1:1/' } },
  ] as const)('$name for some looks', async ({ fault }) => {
    await world.bank('AU90002', { recoversAfterTries: 2 });
    const { workflowId, userId } = await parked();
    await world.admin.fault({ route: LOOK, count: 4, fault });
    await world.client.result(workflowId);
    expect(await world.jobOf(userId)).toMatchObject({ state: 'succeeded', queueTries: 2 });
    // Five minutes after a look that failed there is the next: the news is not two hours late.
    expect(await tookMs(workflowId)).toBeLessThan(4 * 3_600_000 + 30 * 60_000);
  });

  test('tokens that expire, with Basiq saying so', async () => {
    await world.bank('AU90002', { recoversAfterTries: 2 });
    const { workflowId } = await parked();
    await world.admin.expireTokens();
    await world.client.result(workflowId);
    expect(await tookMs(workflowId)).toBeLessThan(4 * 3_600_000 + 10 * 60_000);
  });

  test('but not the loss of the job itself', async () => {
    const { workflowId, userId } = await parked();
    await world.basiq.deleteUser(userId);
    expect(await world.failure(workflowId)).toMatchObject({ code: 'resource-not-found' });
  });
});
