import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(async () => {
  await world.tidy();
  await world.admin.settings({ stepResultForm: 'object', linkForm: 'absolute' });
});
afterAll(() => world.stop());

const titles = ['verify-credentials', 'retrieve-accounts', 'retrieve-transactions'];

async function linked(institutionId = 'AU00000') {
  const userId = await world.newUser();
  const { connectionId, jobId } = await world.client.result(await world.start(create(userId, institutionId)));
  if (connectionId === null) throw new Error('linked without a connection');
  return { userId, connectionId, jobId };
}

describe('create', () => {
  test('returns the job, its connection and its steps', async () => {
    const userId = await world.newUser();
    const workflowId = await world.start(create(userId, 'AU00000'));
    const result = await world.client.result(workflowId);
    const { jobId, connectionId } = await world.jobOf(userId);
    expect(result).toEqual({
      jobId,
      connectionId,
      steps: titles.map((title) => ({ title, status: 'success' })),
    });
    expect(workflowId).toBe(`connection:${userId}:AU00000`);
    expect(await world.client.status(workflowId)).toMatchObject({
      userId,
      operation: 'create',
      subject: { institutionId: 'AU00000' },
      phase: 'succeeded',
      waitingOn: 'nobody',
      waitingUntil: null,
      jobId,
      connectionId,
      institutionId: 'AU00000',
      institutionName: 'Hooli Bank',
      challenge: null,
      outage: null,
      failure: null,
      lastIgnoredAnswer: null,
      looks: null,
    });
  });

  test.each(['AU00003', 'AU00004', 'AU90007'])('succeeds at %s', async (institutionId) => {
    await linked(institutionId);
  });

  test('succeeds at a bank whose calls fail every second time', async () => {
    // The first of the bank's calls is spent here, so that the POST meets the 500 and a read of the job the 429.
    await world.basiq.createConnection(await world.newUser(), PEOPLE.gilfoyle, 'AU90009');
    const { userId } = await linked('AU90009');
    const posts = (await world.admin.requests('POST /users/:userId/connections')).filter(({ path }) =>
      path.includes(userId),
    );
    expect(posts.map(({ status }) => status)).toEqual([500, 202]);
    expect(await world.admin.jobsOf(userId)).toHaveLength(1);
  });

  test('a person may have several under references of their own', async () => {
    const userId = await world.newUser();
    const home = await world.start(create(userId, 'AU00000', PEOPLE.gilfoyle, { reference: 'home' }));
    const shop = await world.start(
      create(userId, 'AU00000', PEOPLE.gavinBelson, { reference: 'shop', additional: true }),
    );
    expect([home, shop]).toEqual([`connection:${userId}:AU00000:home`, `connection:${userId}:AU00000:shop`]);
    await world.client.result(home);
    await world.client.result(shop);
    expect(await world.admin.jobsOf(userId)).toHaveLength(2);
  });

  test('is refused where the person has an active connection already, and nothing is sent', async () => {
    const { userId, connectionId } = await linked();
    const failure = await world.failure(await world.start(create(userId, 'AU00000')));
    expect(failure).toMatchObject({
      code: 'connection-exists',
      connectionId,
      related: [{ kind: 'connection', id: connectionId }],
    });
    expect(await world.admin.count('POST', `/users/${userId}/connections`)).toBe(1);
  });

  test('links once more when asked to', async () => {
    const { userId, connectionId } = await linked();
    const again = await world.client.result(
      await world.start(create(userId, 'AU00000', PEOPLE.gavinBelson, { additional: true })),
    );
    expect(again.connectionId).not.toBe(connectionId);
    expect(await world.admin.jobsOf(userId)).toHaveLength(2);
  });

  test('is not held up by a connection at another institution', async () => {
    const { userId } = await linked('AU00004');
    await world.client.result(await world.start(create(userId, 'AU00000')));
  });
});

describe('one attempt at a time', () => {
  test('the same kind joins the attempt that runs; its credentials are not used', async () => {
    const userId = await world.newUser();
    const first = await world.client.start(create(userId, 'AU90008'));
    const second = await world.client.start(create(userId, 'AU90008', { loginId: 'other', password: 'one' }));
    expect(first.joined).toBe(false);
    expect(second).toEqual({ ...first, joined: true });
    await world.until(first.workflowId, ({ jobId }) => jobId !== null);
    expect(await world.admin.count('POST', `/users/${userId}/connections`)).toBe(1);
    await world.client.cancel(first.workflowId);
    await expect(world.client.result(first.workflowId)).rejects.toMatchObject({
      name: 'AttemptCancelledError',
    });
  });

  test('two starts at once make one attempt and one job', async () => {
    const userId = await world.newUser();
    const started = await Promise.all([1, 2, 3].map(() => world.client.start(create(userId, 'AU00000'))));
    expect(new Set(started.map(({ runId }) => runId)).size).toBe(1);
    expect(started.filter(({ joined }) => !joined)).toHaveLength(1);
    await world.client.result(started[0]?.workflowId ?? '');
    expect(await world.admin.jobsOf(userId)).toHaveLength(1);
  });

  test('another kind is refused, naming the holder', async () => {
    const { userId, connectionId } = await linked();
    await world.bank('AU00000', { status: 'major-outage' });
    const operation = { kind: 'update', connectionId, credentials: { password: 'PiedPiper' } } as const;
    const holder = await world.start({ userId, operation });
    await world.until(holder, ({ phase }) => phase === 'queued');
    await expect(
      world.client.start({ userId, operation: { kind: 'refresh', connectionId } }),
    ).rejects.toMatchObject({ code: 'attempt-in-progress', workflowId: holder, holder: 'update' });
  });

  test('after the end a new one may start', async () => {
    const userId = await world.newUser();
    const wrong = await world.client.start(create(userId, 'AU00000', PEOPLE.bighead));
    await world.failure(wrong.workflowId);
    const right = await world.client.start(create(userId, 'AU00000'));
    expect(right.workflowId).toBe(wrong.workflowId);
    expect(right.joined).toBe(false);
    await world.client.result(right.workflowId);
  });
});

describe('update', () => {
  test('sends new credentials for the connection', async () => {
    const { userId, connectionId } = await linked();
    const operation = { kind: 'update', connectionId, credentials: { password: 'PiedPiper' } } as const;
    const result = await world.client.result(await world.start({ userId, operation }));
    expect(result.connectionId).toBe(connectionId);
    const [created, updated, ...more] = await world.admin.jobsOf(userId);
    expect(more).toEqual([]);
    expect(updated).toMatchObject({ jobId: result.jobId, connectionId, state: 'succeeded' });
    expect(created?.jobId).not.toBe(result.jobId);
    expect(await world.admin.count('POST', `/users/${userId}/connections/${connectionId}`)).toBe(1);
  });

  test('a wrong password fails', async () => {
    const { userId, connectionId } = await linked();
    const operation = { kind: 'update', connectionId, credentials: { password: 'wrong' } } as const;
    expect(await world.failure(await world.start({ userId, operation }))).toMatchObject({
      code: 'invalid-credentials',
      step: 'verify-credentials',
      connectionId,
    });
  });

  test('waits out an outage like a create', async () => {
    const { userId, connectionId } = await linked();
    await world.bank('AU00000', { status: 'partial-outage', recoversAfterTries: 2 });
    const operation = { kind: 'update', connectionId, credentials: { password: 'PiedPiper' } } as const;
    const { jobId } = await world.client.result(await world.start({ userId, operation }));
    const job = (await world.admin.jobsOf(userId)).find((made) => made.jobId === jobId);
    expect(job).toMatchObject({ queueTries: 2, state: 'succeeded' });
  });
});

describe('refresh', () => {
  test('fetches anew with the credentials that Basiq has', async () => {
    const { userId, connectionId } = await linked();
    const workflowId = await world.start({ userId, operation: { kind: 'refresh', connectionId } });
    const result = await world.client.result(workflowId);
    expect(result.connectionId).toBe(connectionId);
    expect(workflowId).toBe(`connection:${userId}:${connectionId}`);
    expect(await world.client.status(workflowId)).toMatchObject({
      operation: 'refresh',
      subject: { connectionId },
      institutionId: 'AU00000',
    });
    expect(await world.admin.count('POST', `/users/${userId}/connections/${connectionId}/refresh`)).toBe(1);
  });

  test('an invalid connection is refused by Basiq with its own code', async () => {
    const { userId, connectionId } = await linked();
    const operation = { kind: 'update', connectionId, credentials: { password: 'wrong' } } as const;
    await world.failure(await world.start({ userId, operation }));
    const refresh = await world.start({ userId, operation: { kind: 'refresh', connectionId } });
    const failure = await world.failure(refresh);
    expect(failure).toMatchObject({ code: 'invalid-credentials', jobId: null, actor: 'person' });
    expect(failure.correlationId).not.toBeNull();
  });

  test('while a job is under way Basiq answers with that job, and it is followed', async () => {
    const { userId, connectionId } = await linked();
    await world.bank('AU00000', { status: 'major-outage', recoversAfterTries: 1 });
    // Something else than an attempt of ours asked for new credentials and was queued.
    const { jobId } = await world.basiq.updateConnection(userId, connectionId, { password: 'PiedPiper' });
    const refresh = await world.start({ userId, operation: { kind: 'refresh', connectionId } });
    expect(await world.client.result(refresh)).toMatchObject({ jobId });
    expect(await world.admin.jobsOf(userId)).toHaveLength(2);
  });
});

describe('adopt', () => {
  test('follows a job that something else began, without a POST', async () => {
    const userId = await world.newUser();
    await world.bank('AU00000', { status: 'major-outage', recoversAfterTries: 1 });
    const { jobId } = await world.basiq.createConnection(userId, PEOPLE.gilfoyle, 'AU00000');
    const workflowId = await world.start({ userId, operation: { kind: 'adopt', jobId } });
    expect(workflowId).toBe(`job:${jobId}`);
    const { connectionId } = await world.jobOf(userId);
    expect(await world.client.result(workflowId)).toMatchObject({ jobId, connectionId });
    expect(await world.client.status(workflowId)).toMatchObject({
      operation: 'adopt',
      subject: { jobId },
      institutionId: 'AU00000',
      institutionName: 'Hooli Bank',
    });
    expect(await world.admin.count('POST', `/users/${userId}/connections`)).toBe(1);
  });

  test('takes the answers to an adopted job, sealed for that job', async () => {
    const userId = await world.newUser();
    const { jobId } = await world.basiq.createConnection(userId, PEOPLE.jared, 'AU00002');
    const workflowId = await world.start({ userId, operation: { kind: 'adopt', jobId } });
    await world.asked(workflowId);
    expect(await world.client.submitMfaAnswer(workflowId, { response: ['1234'] })).toMatchObject({
      outcome: 'accepted',
    });
    await world.client.result(workflowId);
  });

  test('an unknown job ends the attempt', async () => {
    const userId = await world.newUser();
    const jobId = '00000000-0000-4000-8000-000000000000';
    expect(
      await world.failure(await world.start({ userId, operation: { kind: 'adopt', jobId } })),
    ).toMatchObject({ code: 'resource-not-found', jobId });
  });

  test('a job that had ended before gives its end', async () => {
    const userId = await world.newUser();
    const { jobId } = await world.basiq.createConnection(userId, PEOPLE.bighead, 'AU00000');
    expect(
      await world.failure(await world.start({ userId, operation: { kind: 'adopt', jobId } })),
    ).toMatchObject({ code: 'invalid-credentials', jobId });
  });
});

describe('however Basiq writes it down', () => {
  test.each([
    { stepResultForm: 'array', linkForm: 'absolute' },
    { stepResultForm: 'object', linkForm: 'relative' },
    { stepResultForm: 'array', linkForm: 'relative' },
  ] as const)('results as $stepResultForm, $linkForm links', async (settings) => {
    await world.admin.settings(settings);
    const userId = await world.newUser();
    const workflowId = await world.start(create(userId, 'AU00002', PEOPLE.whistler));
    const { prompts } = await world.asked(workflowId);
    expect(prompts).toHaveLength(2);
    await world.client.submitMfaAnswer(workflowId, { response: ['Basiq', 'AU00000'] });
    const { connectionId } = await world.client.result(workflowId);
    expect(connectionId).toBe((await world.jobOf(userId)).connectionId);

    const wrong = await world.start(create(userId, 'AU00004', PEOPLE.bighead));
    expect(await world.failure(wrong)).toMatchObject({
      code: 'invalid-credentials',
      detail: 'Account is locked',
    });
  });

  test('a challenge that is not listed from the start', async () => {
    await world.bank('AU00002', { mfaListedFromStart: false });
    const workflowId = await world.start(create(await world.newUser(), 'AU00002', PEOPLE.jared));
    await world.asked(workflowId);
    await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    expect((await world.client.result(workflowId)).steps).toHaveLength(4);
  });

  test('a challenge that the bank skips', async () => {
    await world.bank('AU00002', { skipMfa: true });
    const workflowId = await world.start(create(await world.newUser(), 'AU00002', PEOPLE.jared));
    const { steps } = await world.client.result(workflowId);
    expect(steps).toContainEqual({ title: 'mfa-challenge', status: 'skipped' });
  });
});
