import { create, TimeSkippingWorld } from './time-skipping-world';

const TEN_MINUTES_MS = 600_000;

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

async function linked() {
  const userId = await world.newUser();
  const { connectionId } = await world.client.result(await world.start(create(userId, 'AU00000')));
  if (connectionId === null) throw new Error('linked without a connection');
  const path = `/users/${userId}/connections/${connectionId}/refresh`;
  const postTimes = async () =>
    (await world.admin.requests('POST /users/:userId/connections/:connectionId/refresh'))
      .filter((request) => request.path === path)
      .map(({ at }) => Date.parse(at));
  return { userId, connectionId, postTimes };
}

const refresh = (userId: string, connectionId: string, policy: object = {}) =>
  world.start({ userId, operation: { kind: 'refresh', connectionId }, policy });

function gapsBetween(times: number[]): number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? NaN));
}

test('an outage is met with a second and a third try, ten minutes apart, and then it is over', async () => {
  const { userId, connectionId, postTimes } = await linked();
  await world.bank('AU00000', { status: 'partial-outage' });
  expect(await world.failure(await refresh(userId, connectionId))).toMatchObject({
    code: 'service-unavailable',
    step: 'verify-credentials',
    connectionId,
    remedy: expect.stringContaining('connection id') as string,
  });
  const gaps = gapsBetween(await postTimes());
  expect(gaps).toHaveLength(2);
  for (const gap of gaps) {
    expect(gap).toBeGreaterThanOrEqual(TEN_MINUTES_MS);
    expect(gap).toBeLessThan(TEN_MINUTES_MS + 60_000);
  }
  // Each try is a job of its own, and nothing else was begun.
  expect(await world.admin.jobsOf(userId)).toHaveLength(4);
});

test('recovers on the second try', async () => {
  const { userId, connectionId, postTimes } = await linked();
  await world.bank('AU00000', { status: 'partial-outage' });
  const workflowId = await refresh(userId, connectionId);
  const waiting = await world.until(workflowId, ({ outage }) => outage !== null);
  expect(waiting).toMatchObject({ phase: 'submitting', waitingOn: 'bank' });
  expect(waiting.waitingUntil).toBe(waiting.outage?.until);
  await world.bank('AU00000', { status: 'operational' });
  const { jobId } = await world.client.result(workflowId);
  expect(await postTimes()).toHaveLength(2);
  expect((await world.admin.jobsOf(userId)).at(-1)?.jobId).toBe(jobId);
  expect(await world.client.status(workflowId)).toMatchObject({ jobId, outage: null });
});

test('a major outage is not knocked at again', async () => {
  const { userId, connectionId, postTimes } = await linked();
  await world.bank('AU00000', { status: 'major-outage' });
  expect(await world.failure(await refresh(userId, connectionId))).toMatchObject({
    code: 'service-unavailable',
  });
  expect(await postTimes()).toHaveLength(1);
});

test('any other failure of a refresh is its end', async () => {
  const { userId, connectionId, postTimes } = await linked();
  await world.bank('AU00000', {
    failAtStep: { title: 'verify-credentials', code: 'maintenance', detail: 'at night' },
  });
  expect(await world.failure(await refresh(userId, connectionId))).toMatchObject({ code: 'maintenance' });
  expect(await postTimes()).toHaveLength(1);
});

test('the policy says how often and how far apart', async () => {
  const { userId, connectionId, postTimes } = await linked();
  await world.bank('AU00000', { status: 'partial-outage' });
  const policy = { refreshTries: 2, refreshRetryMs: 3_600_000 };
  await world.failure(await refresh(userId, connectionId, policy));
  const [gap, ...more] = gapsBetween(await postTimes());
  expect(more).toEqual([]);
  expect(gap).toBeGreaterThanOrEqual(3_600_000);
});

test('a create that meets the same failure at a later step is not tried again', async () => {
  const userId = await world.newUser();
  await world.bank('AU00000', {
    failAtStep: { title: 'retrieve-accounts', code: 'service-unavailable', detail: 'down' },
  });
  await world.failure(await world.start(create(userId, 'AU00000')));
  expect(await world.admin.jobsOf(userId)).toHaveLength(1);
});
