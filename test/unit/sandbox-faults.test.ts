import { aString, Caller, errorOf, idOf, textWith } from './sandbox-caller';

/** Injected faults, the flaky bank, and the log of requests that lets a test count. */
describe('an injected fault', () => {
  let caller: Caller;
  let userId: string;
  const CREATE = 'POST /users/:userId/connections';

  beforeEach(async () => {
    caller = await Caller.start({ stepMs: 0 });
    userId = await caller.newUser();
  });

  afterEach(() => caller.close());

  const order = (fault: object, route = CREATE, count = 1) =>
    caller.admin('POST', '/faults', { route, count, fault });

  const connections = async () => (await caller.call('GET', `/users/${userId}`)).body;

  test('answers another status so many times, and does nothing', async () => {
    await order({ kind: 'status', status: 503, retryAfterSeconds: 7 }, CREATE, 2);
    for (let n = 0; n < 2; n += 1) {
      const answer = await caller.connect(userId, 'AU00000');
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '7']);
      expect(answer.body).toEqual(errorOf('service-unavailable'));
    }
    expect(await connections()).toMatchObject({ connections: { count: 0 } });
    expect((await caller.connect(userId, 'AU00000')).status).toBe(202);
  });

  test('can carry a code of its own', async () => {
    await order({ kind: 'status', status: 403, code: 'no-production-access' });
    const token = await caller.token('SERVER_ACCESS');
    const answer = await caller.withToken(token, 'POST', `/users/${userId}/connections`, {});
    expect(answer.body).toEqual(errorOf('no-production-access'));
  });

  test('resets the connection with nothing done', async () => {
    await order({ kind: 'reset-before' });
    await expect(caller.connect(userId, 'AU00000')).rejects.toThrow('fetch failed');
    expect(await connections()).toMatchObject({ connections: { count: 0 } });
    expect(await caller.requests(CREATE)).toMatchObject([{ status: null, fault: 'reset-before' }]);
  });

  test('resets the connection when it was done: the answer is lost', async () => {
    await order({ kind: 'reset-after' });
    await expect(caller.connect(userId, 'AU00000')).rejects.toThrow('fetch failed');
    expect(await connections()).toMatchObject({ connections: { count: 1 } });
    expect(await caller.requests(CREATE)).toMatchObject([
      { status: null, fault: 'reset-after', jobId: aString },
    ]);
  });

  test('answers late what was done', async () => {
    await order({ kind: 'delay', ms: 300 });
    const startedAtMs = performance.now();
    expect((await caller.connect(userId, 'AU00000')).status).toBe(202);
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(295);
  });

  test('cuts the answer off', async () => {
    await order({ kind: 'malformed' });
    await expect(caller.connect(userId, 'AU00000')).rejects.toThrow(SyntaxError);
    expect(await connections()).toMatchObject({ connections: { count: 1 } });
  });

  test('answers a page of HTML', async () => {
    await order({ kind: 'wrong-content-type' });
    await expect(caller.connect(userId, 'AU00000')).rejects.toThrow(SyntaxError);
    expect(await caller.requests(CREATE)).toMatchObject([{ status: 202 }]);
  });

  test('redirects', async () => {
    await order({ kind: 'redirect', location: 'http://127.0.0.1:1/elsewhere' });
    const answer = await caller.connect(userId, 'AU00000');
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'http://127.0.0.1:1/elsewhere']);
    expect(await connections()).toMatchObject({ connections: { count: 0 } });
  });

  test('holds for its own route, is listed, and can be taken back', async () => {
    await order({ kind: 'status', status: 429 }, 'GET /jobs/:jobId', 5);
    await order({ kind: 'status', status: 500 }, 'POST /token');
    const jobId = idOf(await caller.connect(userId, 'AU00000'));
    expect((await caller.call('GET', `/jobs/${jobId}`)).status).toBe(429);
    expect((await caller.admin('GET', '/faults')).body).toMatchObject({
      data: [
        { route: 'GET /jobs/:jobId', count: 4 },
        { route: 'POST /token', count: 1 },
      ],
    });
    expect((await caller.admin('DELETE', '/faults')).status).toBe(204);
    expect((await caller.call('GET', `/jobs/${jobId}`)).status).toBe(200);
  });

  test.each([
    [{ route: 'GET /nowhere', fault: { kind: 'malformed' } }, 'route', 'GET /jobs/:jobId'],
    [{ route: CREATE, fault: { kind: 'explode' } }, 'fault.kind', 'reset-before'],
    [{ route: CREATE, fault: { kind: 'delay' } }, 'fault.ms', 'number'],
    [{ route: CREATE, count: 0, fault: { kind: 'malformed' } }, 'count', '1'],
  ])('that cannot be is refused, naming the field and what it may be: %j', async (body, field, hint) => {
    const answer = await caller.admin('POST', '/faults', body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ problems: [{ field, problem: textWith(hint) }] });
  });

  test('comes by itself with every second call at the flaky bank', async () => {
    const created = await caller.connect(userId, 'AU90009');
    expect(created.status).toBe(202);
    const path = `/jobs/${idOf(created)}`;
    const outcomes: (number | string)[] = [];
    for (let n = 0; n < 7; n += 1) {
      outcomes.push(
        await caller.call('GET', path).then(
          ({ status }) => status,
          () => 'reset',
        ),
      );
    }
    expect(outcomes).toEqual([500, 200, 429, 200, 'reset', 200, 500]);
  });
});

describe('the log of requests', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await Caller.start({ stepMs: 0 });
  });
  afterEach(() => caller.close());

  test('has every request in order, and can be emptied', async () => {
    const userId = await caller.newUser();
    const jobId = idOf(await caller.connect(userId, 'AU00002', 'jared', 'django'));
    await caller.answer(jobId, '1234');
    await caller.send('GET', '/no/such/route', {});
    const at = new Date(caller.clock.nowMs).toISOString();
    const { connectionId } = await caller.summary(jobId);
    expect(await caller.requests()).toMatchObject([
      { at, route: 'POST /token', status: 200, scope: 'SERVER_ACCESS' },
      { route: 'POST /users', status: 201, scope: 'SERVER_ACCESS', fault: null },
      {
        route: 'POST /users/:userId/connections',
        status: 202,
        jobId,
        connectionId,
        institutionId: 'AU00002',
      },
      { route: 'POST /token', status: 200, scope: 'CLIENT_ACCESS' },
      { method: 'POST', path: `/jobs/${jobId}/mfa`, status: 202, scope: 'CLIENT_ACCESS', jobId },
      { route: null, path: '/no/such/route', status: 404, scope: null },
    ]);
    expect(await caller.requests('POST /token')).toHaveLength(2);
    await caller.admin('DELETE', '/requests');
    expect(await caller.requests()).toEqual([]);
  });

  test('holds no secret, and no answer of the sandbox does', async () => {
    const secrets = ['canary-login', 'canary-password', 'canary-code', 'canary-answer', 'canary-second'];
    const [loginId, password, securityCode, answer, secondaryLoginId] = secrets;
    const userId = await caller.newUser();
    const institution = { id: 'AU00002' };
    const body = { loginId, password, securityCode, secondaryLoginId, institution };
    const answers = [await caller.call('POST', `/users/${userId}/connections`, body)];
    answers.push(await caller.connect(userId, 'AU00002', 'jared', 'django'));
    const jobId = idOf(answers[1]!);
    answers.push(await caller.answer(jobId, String(answer)), await caller.answer(jobId, '1', String(answer)));
    answers.push(await caller.call('GET', `/jobs/${jobId}?password=${String(password)}`));
    for (const path of ['/requests', '/jobs', '/faults', '/settings'])
      answers.push(await caller.admin('GET', path));
    answers.push(await caller.call('GET', `/users/${userId}/connections`));
    const said = JSON.stringify(answers.map(({ body: text }) => text));
    expect(said).toContain(jobId);
    const token = await caller.token('SERVER_ACCESS');
    const log = JSON.stringify(await caller.requests());
    for (const secret of [...secrets, 'django']) expect(said).not.toContain(secret);
    for (const secret of [...secrets, token, 'a-test-key', 'django', '1234'])
      expect(log).not.toContain(secret);
  });
});

describe('the controls', () => {
  let caller: Caller;
  beforeEach(async () => {
    caller = await Caller.start();
  });
  afterEach(() => caller.close());

  test('move the clock, which each answer is dated by', async () => {
    const before = caller.clock.nowMs;
    const moved = await caller.admin('POST', '/clock/advance', { ms: 90_000 });
    expect(moved.body).toEqual({ now: new Date(before + 90_000).toISOString(), nowMs: before + 90_000 });
    expect((await caller.admin('GET', '/clock')).body).toEqual(moved.body);
    const answer = await caller.send('GET', '/public/institutions', {});
    expect(answer.headers.get('date')).toBe('Mon, 04 May 2026 10:01:30 GMT');
    expect((await caller.send('GET', '/nowhere', {})).headers.get('date')).toBe(
      'Mon, 04 May 2026 10:01:30 GMT',
    );
  });

  test('follow a clock that has to be asked', async () => {
    const other = await Caller.start({ now: () => Promise.resolve(Date.UTC(2030, 0, 1)) });
    try {
      expect((await other.admin('GET', '/clock')).body).toMatchObject({ now: '2030-01-01T00:00:00.000Z' });
    } finally {
      await other.close();
    }
  });

  test.each([
    ['PUT', '/institutions/AU00000', { status: 'down' }, 'status', 'major-outage'],
    ['PUT', '/institutions/AU00000', { wrongAnswer: 'x' }, 'wrongAnswer', 'still-in-progress'],
    ['POST', '/institutions/AU00000', { recoversAfterTries: 0 }, 'recoversAfterTries', '1'],
    ['PUT', '/institutions/AU00000', { statuss: 'operational' }, '(body)', 'statuss'],
    ['POST', '/clock/advance', { ms: '5' }, 'ms', 'number'],
    ['PUT', '/settings', { queueScale: 0 }, 'queueScale', '0'],
    ['PUT', '/settings', { linkForm: 'both' }, 'linkForm', 'relative'],
  ])('say which field is wrong: %s %s %j', async (method, path, body, field, hint) => {
    const answer = await caller.admin(method, path, body);
    expect(answer.status).toBe(400);
    expect(answer.body).toMatchObject({ problems: [{ field, problem: textWith(hint) }] });
  });

  test('name the banks when one is unknown', async () => {
    const answer = await caller.admin('PUT', '/institutions/AU1', { status: 'operational' });
    expect(answer.status).toBe(404);
    expect(JSON.stringify(answer.body)).toContain('AU90001');
  });

  test('leave a running job as it was made', async () => {
    const userId = await caller.newUser();
    const jobId = idOf(await caller.connect(userId, 'AU00000'));
    await caller.admin('PUT', '/settings', { stepMs: 60_000 });
    caller.pass(3_000);
    expect(await caller.summary(jobId)).toMatchObject({ state: 'succeeded' });
  });
});

describe('requests that cannot be read', () => {
  test('are refused in the form of Basiq', async () => {
    const caller = await Caller.start();
    try {
      const authorization = `Bearer ${await caller.token('SERVER_ACCESS')}`;
      const json = { authorization, 'content-type': 'application/json' };
      const broken = await caller.send('POST', '/users', json, '{"email":');
      expect([broken.status, broken.body]).toEqual([400, errorOf('parameter-not-valid')]);
      const xml = await caller.send('POST', '/users', { ...json, 'content-type': 'text/xml' }, '<a/>');
      expect([xml.status, xml.body]).toEqual([415, errorOf('unsupported-media-type')]);
    } finally {
      await caller.close();
    }
  });
});
