import { Caller, errorOf, HOUR_MS, idOf, statuses, textWith, titles } from './sandbox-caller';

/** Users, institutions, connections and jobs as Basiq 2.1 documents them. */
describe('users', () => {
  let caller: Caller;
  beforeAll(async () => {
    caller = await Caller.start();
  });
  afterAll(() => caller.close());

  test('are made of an email or a mobile number; the same one twice makes two', async () => {
    const first = await caller.call('POST', '/users', { email: 'gavin@hooli.com' });
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({ type: 'user', email: 'gavin@hooli.com' });
    const second = await caller.call('POST', '/users', { email: 'gavin@hooli.com', mobile: '+61410888666' });
    expect(idOf(second)).not.toBe(idOf(first));
  });

  test('need one of the two', async () => {
    const answer = await caller.call('POST', '/users', {});
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({
      data: [
        {
          code: 'parameter-not-supplied',
          detail: "One of 'email' or 'mobile' is required.",
          source: {},
        },
      ],
    });
    expect((await caller.call('POST', '/users', { mobile: '0410888666' })).status).toBe(400);
  });

  test('are read, changed and deleted with all that is theirs', async () => {
    const userId = await caller.newUser();
    const jobId = idOf(await caller.connect(userId, 'AU00000'));
    const updated = await caller.call('POST', `/users/${userId}`, { mobile: '+61410888666' });
    expect(updated.body).toMatchObject({ email: 'gavin@hooli.com', mobile: '+61410888666' });
    expect((await caller.call('GET', `/users/${userId}`)).body).toMatchObject({ connections: { count: 1 } });
    expect((await caller.call('DELETE', `/users/${userId}`)).status).toBe(204);
    expect((await caller.call('GET', `/users/${userId}`)).body).toEqual(
      errorOf('resource-not-found', 'Requested user does not exist.'),
    );
    expect((await caller.call('GET', `/jobs/${jobId}`)).status).toBe(404);
  });
});

test('institutions are listed with a count and read one by one', async () => {
  const caller = await Caller.start();
  try {
    const list = await caller.call('GET', '/institutions');
    expect(list.body).toMatchObject({ type: 'list', totalCount: 13 });
    expect((await caller.call('GET', '/institutions/AU00002')).body).toMatchObject({
      type: 'institution',
      id: 'AU00002',
      authorization: 'user-mfa',
      status: 'operational',
      tier: '4',
    });
    await caller.admin('POST', '/institutions/AU00002', { status: 'degraded-performance' });
    expect((await caller.call('GET', '/institutions/AU00002')).body).toMatchObject({
      status: 'degraded-performance',
    });
    expect((await caller.call('GET', '/institutions/AU12345')).status).toBe(404);
  } finally {
    await caller.close();
  }
});

describe('a connection', () => {
  let caller: Caller;
  let userId: string;

  beforeEach(async () => {
    caller = await Caller.start();
    userId = await caller.newUser();
  });

  afterEach(() => caller.close());

  async function connected(institutionId = 'AU00000'): Promise<{ jobId: string; path: string }> {
    const jobId = idOf(await caller.connect(userId, institutionId));
    caller.pass(3_000);
    const { connectionId } = await caller.summary(jobId);
    return { jobId, path: `/users/${userId}/connections/${String(connectionId)}` };
  }

  test('is created by a job that does one step after the other', async () => {
    const created = await caller.connect(userId, 'AU00000', 'Gilfoyle', 'PiedPiper');
    const jobId = idOf(created);
    expect(created.status).toBe(202);
    expect(created.body).toEqual({
      type: 'job',
      id: jobId,
      links: { self: `${caller.sandbox.url}/jobs/${jobId}` },
    });
    const seen: string[] = [];
    for (let second = 0; second < 4; second += 1) {
      seen.push(statuses(await caller.job(jobId)));
      caller.pass(1_000);
    }
    expect(seen).toEqual([
      'in-progress pending pending',
      'success in-progress pending',
      'success success in-progress',
      'success success success',
    ]);
  });

  test('has its id in the job only once verify has succeeded', async () => {
    const jobId = idOf(await caller.connect(userId, 'AU00000'));
    caller.pass(999);
    expect((await caller.job(jobId)).links.source).toBeUndefined();
    caller.pass(1);
    const job = await caller.job(jobId);
    const path = `/users/${userId}/connections/${String((await caller.summary(jobId)).connectionId)}`;
    expect(job.links.source).toBe(`${caller.sandbox.url}${path}`);
    expect(job.steps[0]?.result).toEqual({ type: 'link', url: path });
  });

  test('is pending, then active while later steps still run', async () => {
    const jobId = idOf(await caller.connect(userId, 'AU00000'));
    const path = `/users/${userId}/connections/${String((await caller.summary(jobId)).connectionId)}`;
    expect((await caller.call('GET', path)).body).toMatchObject({ status: 'pending', lastUsed: null });
    caller.pass(1_000);
    const active = await caller.call('GET', path);
    expect(active.body).toMatchObject({
      type: 'connection',
      status: 'active',
      institution: { id: 'AU00000' },
    });
    expect(JSON.stringify(active.body)).not.toMatch(/hooli2024|ashMann/);
  });

  test.each([
    ['a wrong password', 'ashMann', 'hooli', 0, 'invalid-credentials', 'invalid'],
    ['an unknown person', 'nobody', 'hooli', 0, 'invalid-credentials', 'invalid'],
    ['bighead', 'bighead', 'password', 0, 'invalid-credentials', 'invalid'],
    ['erlich', 'erlich', 'aviato', 1, 'account-not-accessible-requires-user-action', 'active'],
    ['jianYang', 'jianYang', 'nothotdog', 1, 'service-unavailable', 'active'],
  ])('of %s fails as documented', async (_case, loginId, password, index, code, status) => {
    const created = await caller.connect(userId, 'AU00000', loginId, password);
    expect(created.status).toBe(202);
    caller.pass(10_000);
    const job = await caller.job(idOf(created));
    expect(job.steps[index]).toMatchObject({ status: 'failed', result: { code } });
    for (const later of job.steps.slice(index + 1))
      expect(later).toMatchObject({ status: 'pending', result: null });
    const list = await caller.call('GET', `/users/${userId}/connections`);
    expect(list.body).toMatchObject({ data: [{ status }] });
  });

  test('asked for again while its job runs is answered by that job, and afterwards made anew', async () => {
    const first = await caller.connect(userId, 'AU00000');
    const second = await caller.connect(userId, 'AU00000');
    expect([first.status, second.status]).toEqual([202, 200]);
    expect(second.body).toEqual(first.body);
    expect((await caller.connect(userId, 'AU00004')).status).toBe(202);
    expect((await caller.connect(await caller.newUser(), 'AU00000')).status).toBe(202);
    caller.pass(3_000);
    expect((await caller.connect(userId, 'AU00000')).status).toBe(202);
  });

  test('is refreshed by one job at a time', async () => {
    const { path } = await connected();
    const first = await caller.call('POST', `${path}/refresh`);
    const second = await caller.call('POST', `${path}/refresh`);
    expect([first.status, second.status]).toEqual([202, 200]);
    expect(idOf(second)).toBe(idOf(first));
    expect((await caller.call('POST', path, { password: 'hooli2024' })).status).toBe(200);
    caller.pass(3_000);
    expect(statuses(await caller.job(idOf(first)))).toBe('success success success');
    expect((await caller.call('POST', `${path}/refresh`)).status).toBe(202);
  });

  test('with an empty body that says it is JSON is refreshed, too', async () => {
    const { path } = await connected();
    const headers = {
      authorization: `Bearer ${await caller.token('SERVER_ACCESS')}`,
      'content-type': 'application/json',
    };
    expect((await caller.send('POST', `${path}/refresh`, headers)).status).toBe(202);
  });

  test('becomes invalid by an update with a wrong password: no refresh until the right one', async () => {
    const { path } = await connected();
    const wrong = await caller.call('POST', path, { password: 'wrong' });
    caller.pass(3_000);
    expect((await caller.job(idOf(wrong))).steps[0]).toMatchObject({ status: 'failed' });
    expect((await caller.call('GET', path)).body).toMatchObject({ status: 'invalid' });
    const refresh = await caller.call('POST', `${path}/refresh`);
    expect(refresh.status).toBe(400);
    expect(refresh.body).toEqual(errorOf('invalid-credentials'));
    await caller.call('POST', path, { password: 'hooli2024' });
    caller.pass(3_000);
    expect((await caller.call('GET', path)).body).toMatchObject({ status: 'active' });
    expect((await caller.call('POST', `${path}/refresh`)).status).toBe(202);
  });

  test('is listed by filter, with mfaEnabled', async () => {
    await connected();
    await caller.connect(userId, 'AU00002', 'jared', 'django');
    const list = async (filter: string) =>
      (await caller.call('GET', `/users/${userId}/connections?filter=${encodeURIComponent(filter)}`)).body;
    expect(await list('')).toMatchObject({ data: [{ mfaEnabled: false }, { mfaEnabled: true }] });
    expect(await list("status.eq('active')")).toMatchObject({ data: [{ institution: { id: 'AU00000' } }] });
    expect(await list("institution.id.eq('AU00002'),status.eq('pending')")).toMatchObject({
      data: [{ institution: { id: 'AU00002' } }],
    });
    expect(await list("institution.id.eq('AU00002'),status.eq('active')")).toMatchObject({ data: [] });
    expect(await list("colour.eq('red')")).toEqual(errorOf('parameter-not-valid'));
  });

  test('that was deleted is gone; its job stays', async () => {
    const { jobId, path } = await connected();
    expect((await caller.call('DELETE', path)).status).toBe(204);
    expect((await caller.call('GET', path)).status).toBe(404);
    expect((await caller.call('POST', `${path}/refresh`)).status).toBe(404);
    expect((await caller.job(jobId)).id).toBe(jobId);
    expect((await caller.call('GET', `/users/${userId}/connections`)).body).toMatchObject({ data: [] });
  });

  test.each([
    [{ password: 'secret-1', institution: { id: 'AU00000' } }, 'parameter-not-supplied', '/loginId'],
    [{ loginId: 'a', password: 5, institution: { id: 'AU00000' } }, 'parameter-not-valid', '/password'],
    [{ loginId: 'a', password: 'secret-1' }, 'parameter-not-supplied', '/institution'],
  ])('is refused without its fields, naming the field and no value: %j', async (body, code, pointer) => {
    const answer = await caller.call('POST', `/users/${userId}/connections`, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ data: [{ code, source: { pointer } }] });
    expect(JSON.stringify(answer.body)).not.toContain('secret-1');
  });

  test('at an unknown bank is a 404', async () => {
    expect((await caller.connect(userId, 'AU99999')).body).toEqual(errorOf('resource-not-found'));
  });

  test('at the slow bank takes twenty times as long', async () => {
    const jobId = idOf(await caller.connect(userId, 'AU90007'));
    caller.pass(19_999);
    expect(statuses(await caller.job(jobId))).toBe('in-progress pending pending');
    caller.pass(40_001);
    expect(statuses(await caller.job(jobId))).toBe('success success success');
  });

  test('at the stuck bank stays pending for ever', async () => {
    const jobId = idOf(await caller.connect(userId, 'AU90008'));
    caller.pass(1_000 * HOUR_MS);
    expect(statuses(await caller.job(jobId))).toBe('pending pending pending');
  });
});

describe('a job', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await Caller.start({ stepMs: 0 });
  });
  afterEach(() => caller.close());

  test('is finished at the first look when steps take no time', async () => {
    const job = await caller.job(idOf(await caller.connect(await caller.newUser(), 'AU00000')));
    expect(statuses(job)).toBe('success success success');
  });

  test('is unknown (404) or has no such id (400)', async () => {
    const unknown = await caller.call('GET', '/jobs/00000000-0000-4000-8000-000000000000');
    expect([unknown.status, unknown.body]).toEqual([404, errorOf('resource-not-found')]);
    const malformed = await caller.call('GET', '/jobs/nonsense');
    expect([malformed.status, malformed.body]).toEqual([400, errorOf('parameter-not-valid')]);
  });

  test('can be told to fail at any step with any code', async () => {
    const userId = await caller.newUser();
    const failing = async (title: string) => {
      await caller.admin('PUT', '/institutions/AU00000', {
        failAtStep: { title, code: 'never-heard-of', detail: 'Told so.' },
      });
      return caller.job(idOf(await caller.connect(userId, 'AU00000')));
    };
    const result = { code: 'never-heard-of', title: 'Step failed', detail: 'Told so.' };
    expect((await failing('verify-credentials')).steps[0]).toMatchObject({ status: 'failed', result });
    expect((await failing('retrieve-transactions')).steps[2]).toMatchObject({ status: 'failed', result });
    const withStatements = await failing('retrieve-statements');
    expect(withStatements.steps[3]).toMatchObject({ title: 'retrieve-statements', status: 'failed', result });
    const withMfa = await failing('mfa-challenge');
    expect(titles(withMfa)[1]).toBe('mfa-challenge');
    expect(statuses(withMfa)).toBe('success failed pending pending');
    await caller.admin('PUT', '/institutions/AU00000', { failAtStep: null });
    const job = await caller.job(idOf(await caller.connect(userId, 'AU00000')));
    expect(statuses(job)).toBe('success success success');
  });

  test('shows its results as arrays and its links relative when told to', async () => {
    await caller.admin('PUT', '/settings', { stepResultForm: 'array', linkForm: 'relative' });
    const userId = await caller.newUser();
    const job = await caller.job(idOf(await caller.connect(userId, 'AU00002', 'jared', 'django')));
    expect(job.links).toEqual({ self: `/jobs/${job.id}`, source: textWith('/users/') });
    expect(job.steps[0]?.result).toEqual([{ type: 'link', url: textWith(userId) }]);
    expect(job.steps[1]?.result).toMatchObject([{ type: 'mfa', links: { response: `/jobs/${job.id}/mfa` } }]);
    expect(job.steps[2]?.result).toBeNull();
  });

  test('is listed by user: seven days, the last changed first', async () => {
    const userId = await caller.newUser();
    const older = idOf(await caller.connect(userId, 'AU00002', 'jared', 'django'));
    caller.pass(1_000);
    const newer = idOf(await caller.connect(userId, 'AU00004'));
    const ids = async () => (await caller.call('GET', `/users/${userId}/jobs`)).body;
    expect(await ids()).toMatchObject({ type: 'list', size: 2, data: [{ id: newer }, { id: older }] });
    caller.pass(1_000);
    await caller.answer(older, '1234');
    expect(await ids()).toMatchObject({
      data: [{ id: older, institution: { type: 'institution', id: 'AU00002' } }, { id: newer }],
    });
    caller.pass(168 * HOUR_MS - 1_500);
    expect(await ids()).toMatchObject({ size: 1, data: [{ id: newer }] });
  });
});
