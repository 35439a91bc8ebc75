import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

const CREATE = 'POST /users/:userId/connections';

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

const postsOf = (userId: string) => world.admin.count('POST', `/users/${userId}/connections`);

describe('Basiq has the job, its answer was lost: the job is found and followed, and there is one', () => {
  test.each([
    { name: 'connection reset', fault: { kind: 'reset-after' } },
    { name: 'garbled answer', fault: { kind: 'malformed' } },
    { name: 'a page instead of JSON', fault: { kind: 'wrong-content-type' } },
    { name: 'answered after our timeout', fault: { kind: 'delay', ms: 3_000 } },
  ] as const)('$name', async ({ fault }) => {
    await world.admin.fault({ route: CREATE, fault });
    const userId = await world.newUser();
    const { jobId, connectionId } = await world.client.result(await world.start(create(userId, 'AU00000')));
    expect(await world.jobOf(userId)).toMatchObject({ jobId, connectionId });
    expect(await postsOf(userId)).toBe(1);
  });

  test('with a challenge, and an answer to it', async () => {
    await world.admin.fault({ route: CREATE, fault: { kind: 'reset-after' } });
    const userId = await world.newUser();
    const workflowId = await world.start(create(userId, 'AU00002', PEOPLE.jared));
    await world.asked(workflowId);
    await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    await world.client.result(workflowId);
    expect(await world.admin.jobsOf(userId)).toHaveLength(1);
  });

  test('of an update', async () => {
    const userId = await world.newUser();
    const { connectionId } = await world.client.result(await world.start(create(userId, 'AU00000')));
    if (connectionId === null) throw new Error('linked without a connection');
    await world.admin.fault({
      route: 'POST /users/:userId/connections/:connectionId',
      fault: { kind: 'reset-after' },
    });
    // Two minutes later: the create's own job is too old to be this one.
    await world.env.sleep(120_000);
    const operation = { kind: 'update', connectionId, credentials: { password: 'PiedPiper' } } as const;
    const { jobId } = await world.client.result(await world.start({ userId, operation }));
    const jobs = await world.admin.jobsOf(userId);
    expect(jobs).toHaveLength(2);
    expect(jobs.at(-1)?.jobId).toBe(jobId);
  });

  test('of a refresh', async () => {
    const userId = await world.newUser();
    const { connectionId } = await world.client.result(await world.start(create(userId, 'AU00000')));
    if (connectionId === null) throw new Error('linked without a connection');
    await world.admin.fault({
      route: 'POST /users/:userId/connections/:connectionId/refresh',
      fault: { kind: 'reset-after' },
    });
    await world.env.sleep(120_000);
    const { jobId } = await world.client.result(
      await world.start({ userId, operation: { kind: 'refresh', connectionId } }),
    );
    const jobs = await world.admin.jobsOf(userId);
    expect(jobs).toHaveLength(2);
    expect(jobs.at(-1)?.jobId).toBe(jobId);
  });
});

describe('Basiq has the job, and refuses for a while to say so', () => {
  const LOOK = 'GET /users/:userId/jobs';
  const redirect = { kind: 'redirect', location: 'http://127.0.0.1:9/somewhere' } as const;
  test.each([
    { name: 'redirect', fault: redirect },
    { name: '401', fault: { kind: 'status', status: 401 } },
    { name: '403', fault: { kind: 'status', status: 403 } },
  ] as const)('$name: the job is found when it does', async ({ fault }) => {
    await world.admin.fault({ route: CREATE, fault: { kind: 'reset-after' } });
    await world.admin.fault({ route: LOOK, count: 4, fault });
    const userId = await world.newUser();
    const { jobId } = await world.client.result(await world.start(create(userId, 'AU00000')));
    expect(await world.jobOf(userId)).toMatchObject({ jobId });
    expect(await postsOf(userId)).toBe(1);
  });

  test('for good: the end says that there may be a job', async () => {
    await world.admin.fault({ route: CREATE, fault: { kind: 'reset-after' } });
    await world.admin.fault({ route: LOOK, count: 10_000, fault: { kind: 'status', status: 403 } });
    const userId = await world.newUser();
    const failure = await world.failure(await world.start(create(userId, 'AU00000')));
    expect(failure).toMatchObject({
      code: 'basiq-unreachable',
      detail: expect.stringContaining('not known whether a job was begun') as string,
      remedy: expect.stringContaining('adopt') as string,
    });
    expect(await postsOf(userId)).toBe(1);
  });
});

describe('Basiq never had it: there is a second POST, and one job', () => {
  test.each([
    { name: 'connection reset', fault: { kind: 'reset-before' } },
    { name: '500', fault: { kind: 'status', status: 500 } },
    { name: '503 with a hint', fault: { kind: 'status', status: 503, retryAfterSeconds: 30 } },
  ] as const)('$name', async ({ fault }) => {
    await world.admin.fault({ route: CREATE, fault });
    const userId = await world.newUser();
    const { jobId } = await world.client.result(await world.start(create(userId, 'AU00000')));
    expect(await world.jobOf(userId)).toMatchObject({ jobId });
    expect(await postsOf(userId)).toBe(2);
    // Between the two POSTs Basiq was asked twice for the job: at once, and when the first must have ended.
    const looks = await world.admin.count('GET', `/users/${userId}/jobs`);
    expect(looks).toBe(2);
  });

  test('a redirect is not followed, and not tried for ever', async () => {
    const location = `${world.sandbox.url}/somewhere`;
    await world.admin.fault({ route: CREATE, count: 1_000, fault: { kind: 'redirect', location } });
    const userId = await world.newUser();
    const failure = await world.failure(await world.start(create(userId, 'AU00000')));
    expect(['redirect-refused', 'basiq-unreachable']).toContain(failure.code);
    expect(await postsOf(userId)).toBeLessThan(15);
    expect(await world.admin.count('POST', '/somewhere')).toBe(0);
    expect(await world.admin.jobsOf(userId)).toHaveLength(0);
  });
});

describe('which job is ours', () => {
  test('two that may be: neither is taken, both are named, and there is no third', async () => {
    const userId = await world.newUser();
    await world.admin.fault({ route: CREATE, fault: { kind: 'reset-after' } });
    // Something else links the same bank for this person in the same minute, with another login.
    const elsewhere = await world.basiq
      .createConnection(userId, PEOPLE.gavinBelson, 'AU00000')
      .then(() => null)
      .catch((error: unknown) => error);
    expect(elsewhere).toMatchObject({ outcome: 'unknown' });
    await world.admin.fault({ route: CREATE, fault: { kind: 'reset-after' } });
    const failure = await world.failure(
      await world.start(create(userId, 'AU00000', PEOPLE.gilfoyle, { additional: true })),
    );
    const jobs = await world.admin.jobsOf(userId);
    expect(jobs).toHaveLength(2);
    expect(failure).toMatchObject({ code: 'start-ambiguous', tryAgain: 'after-action' });
    expect(failure.related.map(({ id }) => id).sort()).toEqual(jobs.map(({ jobId }) => jobId).sort());
    expect(failure.related.every(({ kind }) => kind === 'job')).toBe(true);
  });

  test('one at another institution is not', async () => {
    const userId = await world.newUser();
    const { jobId: other } = await world.basiq.createConnection(userId, PEOPLE.gilfoyle, 'AU00004');
    await world.admin.fault({ route: CREATE, fault: { kind: 'reset-after' } });
    const { jobId } = await world.client.result(await world.start(create(userId, 'AU00000')));
    expect(jobId).not.toBe(other);
    expect(await world.admin.jobsOf(userId)).toHaveLength(2);
  });

  test('one that is older than the POST is not', async () => {
    const userId = await world.newUser();
    const { jobId: earlier } = await world.basiq.createConnection(userId, PEOPLE.bighead, 'AU00000');
    await world.env.sleep(120_000);
    await world.admin.fault({ route: CREATE, fault: { kind: 'reset-before' } });
    const { jobId } = await world.client.result(await world.start(create(userId, 'AU00000')));
    expect(jobId).not.toBe(earlier);
    expect(await world.admin.jobsOf(userId)).toHaveLength(2);
  });

  test('Basiq answers 200 with the original job: that is the one', async () => {
    const userId = await world.newUser();
    await world.bank('AU00000', { status: 'major-outage', recoversAfterTries: 1 });
    const { jobId: original } = await world.basiq.createConnection(userId, PEOPLE.gilfoyle, 'AU00000');
    const { jobId } = await world.client.result(await world.start(create(userId, 'AU00000')));
    expect(jobId).toBe(original);
    expect(await world.admin.jobsOf(userId)).toHaveLength(1);
    expect(await postsOf(userId)).toBe(2);
  });
});
