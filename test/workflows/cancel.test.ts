import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

/** Cancels, and checks what must be true whatever the attempt was doing. */
async function cancelled(workflowId: string, userId: string): Promise<string | null> {
  await world.client.cancel(workflowId);
  const error = await world.client.result(workflowId).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  const [job] = await world.admin.jobsOf(userId);
  const jobId = job?.jobId ?? null;
  expect(error).toMatchObject({ name: 'AttemptCancelledError', workflowId, jobId });
  expect(await world.client.status(workflowId)).toMatchObject({
    phase: 'cancelled',
    waitingOn: 'nobody',
    waitingUntil: null,
    challenge: null,
    outage: null,
    failure: null,
    jobId,
  });
  const deletes = (await world.admin.requests()).filter(({ method }) => method === 'DELETE');
  expect(deletes).toEqual([]);
  return jobId;
}

test('before anything was begun at Basiq: nothing is begun', async () => {
  const userId = await world.newUser();
  await world.admin.fault({
    route: 'GET /users/:userId/connections',
    count: 1_000,
    fault: { kind: 'status', status: 500 },
  });
  const workflowId = await world.start(create(userId, 'AU00000'));
  await world.until(workflowId, ({ phase }) => phase === 'submitting');
  expect(await cancelled(workflowId, userId)).toBeNull();
  expect(await world.admin.count('POST', `/users/${userId}/connections`)).toBe(0);
});

test('during the POST: the job that it made is named, and there is one', async () => {
  const userId = await world.newUser();
  const route = 'POST /users/:userId/connections';
  await world.admin.fault({ route, fault: { kind: 'delay', ms: 1_500 } });
  const workflowId = await world.start(create(userId, 'AU00000'));
  while ((await world.admin.count('POST', `/users/${userId}/connections`)) === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await cancelled(workflowId, userId)).not.toBeNull();
  expect(await world.admin.count('POST', `/users/${userId}/connections`)).toBe(1);
});

test('while Basiq must not be asked for a while', async () => {
  const userId = await world.newUser();
  const route = 'POST /users/:userId/connections';
  await world.admin.fault({ route, count: 100, fault: { kind: 'status', status: 429 } });
  const workflowId = await world.start(create(userId, 'AU00000'));
  while ((await world.admin.count('POST', `/users/${userId}/connections`)) === 0) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await cancelled(workflowId, userId)).toBeNull();
});

test('while the bank checks the credentials', async () => {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU90008'));
  await world.until(workflowId, ({ phase }) => phase === 'verifying');
  expect(await cancelled(workflowId, userId)).not.toBeNull();
});

test('while the person is asked', async () => {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU00002', PEOPLE.jared));
  await world.asked(workflowId);
  const jobId = await cancelled(workflowId, userId);
  expect(await world.admin.count('POST', `/jobs/${jobId ?? ''}/mfa`)).toBe(0);
});

test('while an answer is checked: its sender is told that the attempt was cancelled', async () => {
  await world.bank('AU00002', { mfaSettleMs: 600_000 });
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU00002', PEOPLE.jared));
  await world.asked(workflowId);
  const verdict = world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
  await world.until(workflowId, ({ phase }) => phase === 'confirming-mfa');
  const jobId = await cancelled(workflowId, userId);
  expect(await verdict).toEqual({ outcome: 'ended', phase: 'cancelled', failure: null });
  expect(await world.admin.count('POST', `/jobs/${jobId ?? ''}/mfa`)).toBe(1);
});

test('while the bank is unavailable', async () => {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU90002'));
  await world.until(workflowId, ({ phase, looks }) => phase === 'queued' && looks?.lastResult != null);
  expect(await cancelled(workflowId, userId)).not.toBeNull();
});

test('between two tries of a refresh', async () => {
  const userId = await world.newUser();
  const { connectionId, jobId } = await world.client.result(await world.start(create(userId, 'AU00000')));
  if (connectionId === null) throw new Error('linked without a connection');
  await world.bank('AU00000', { status: 'partial-outage' });
  const workflowId = await world.start({ userId, operation: { kind: 'refresh', connectionId } });
  await world.until(workflowId, ({ outage }) => outage !== null);
  await world.client.cancel(workflowId);
  await expect(world.client.result(workflowId)).rejects.toMatchObject({ name: 'AttemptCancelledError' });
  const status = await world.client.status(workflowId);
  expect(status).toMatchObject({ phase: 'cancelled' });
  expect(status.jobId).not.toBe(jobId);
  expect(await world.admin.jobsOf(userId)).toHaveLength(2);
});

describe('while accounts are fetched', () => {
  test('the connection that exists by then is named', async () => {
    await world.admin.settings({ stepMs: 3_000 });
    try {
      const userId = await world.newUser();
      const workflowId = await world.start(create(userId, 'AU00000'));
      const { connectionId } = await world.until(workflowId, ({ phase }) => phase === 'retrieving');
      expect(connectionId).not.toBeNull();
      await cancelled(workflowId, userId);
      expect((await world.client.status(workflowId)).connectionId).toBe(connectionId);
    } finally {
      await world.admin.settings({ stepMs: 0 });
    }
  });
});

test('after its end it changes nothing', async () => {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU00000'));
  const result = await world.client.result(workflowId);
  // A server may refuse it or take no notice.
  await world.client.cancel(workflowId).catch((error: unknown) => {
    expect(error).toMatchObject({ name: 'AttemptNotFoundError' });
  });
  expect(await world.client.status(workflowId)).toMatchObject({ phase: 'succeeded' });
  expect(await world.client.result(workflowId)).toEqual(result);
});
