import type { BasiqClient } from '../../src/basiq/basiq-client';
import { BasiqError } from '../../src/basiq/basiq-error';
import { readJob } from '../../src/basiq/job';
import { basiqErrorBody, json, jwt, ScriptedServer, type Received } from './basiq-scripted-server';

let server: ScriptedServer;
beforeEach(async () => {
  server = new ScriptedServer();
  await server.start();
});
afterEach(() => server.stop());

const claimsOf = ({ headers }: Received): unknown =>
  JSON.parse(Buffer.from((headers.authorization ?? '').split('.')[1] ?? '', 'base64url').toString());

async function failureOf(call: Promise<unknown>): Promise<BasiqError> {
  const outcome = await call.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  if (!(outcome instanceof BasiqError)) throw new Error(`expected a BasiqError: ${String(outcome)}`);
  return outcome;
}

describe('requests', () => {
  const reference = { type: 'job', id: 'j-1', links: { self: 'https://au-api.basiq.io/jobs/j-1' } };
  const user = { type: 'user', id: 'u-1', email: 'a@b.c', mobile: null };
  const institution = { id: 'AU00000', name: 'Hooli' };
  const connection = { id: 'c-1', status: 'active', institution: { id: 'AU00000' } };
  const list = { type: 'list', data: [] };

  test.each<[string, (client: BasiqClient) => Promise<unknown>, string, unknown, unknown]>([
    ['createUser', (c) => c.createUser({ email: 'a@b.c' }), 'POST /users', { email: 'a@b.c' }, user],
    ['getUser', (c) => c.getUser('u-1'), 'GET /users/u-1', null, user],
    ['deleteUser', (c) => c.deleteUser('u-1'), 'DELETE /users/u-1', null, null],
    ['listInstitutions', (c) => c.listInstitutions(), 'GET /institutions', null, list],
    ['getInstitution', (c) => c.getInstitution('AU00000'), 'GET /institutions/AU00000', null, institution],
    [
      'createConnection',
      (c) => c.createConnection('u-1', { loginId: 'l', password: 'p', securityCode: 's' }, 'AU00000'),
      'POST /users/u-1/connections',
      { loginId: 'l', password: 'p', securityCode: 's', institution: { id: 'AU00000' } },
      reference,
    ],
    [
      'createConnection with a user token',
      (c) => c.createConnection('u-1', { userToken: 't' }, 'AU00000'),
      'POST /users/u-1/connections',
      { userToken: 't', institution: { id: 'AU00000' } },
      reference,
    ],
    [
      'updateConnection',
      (c) => c.updateConnection('u-1', 'c-1', { password: 'p' }),
      'POST /users/u-1/connections/c-1',
      { password: 'p' },
      reference,
    ],
    [
      'refreshConnection',
      (c) => c.refreshConnection('u-1', 'c-1'),
      'POST /users/u-1/connections/c-1/refresh',
      null,
      reference,
    ],
    [
      'getConnection',
      (c) => c.getConnection('u-1', 'c-1'),
      'GET /users/u-1/connections/c-1',
      null,
      connection,
    ],
    ['listConnections', (c) => c.listConnections('u-1'), 'GET /users/u-1/connections', null, list],
    [
      'listConnections, filtered',
      (c) => c.listConnections('u-1', { status: 'active', institutionId: 'AU00000' }),
      `GET /users/u-1/connections?filter=${encodeURIComponent("status.eq('active'),institution.id.eq('AU00000')").replaceAll("'", '%27')}`,
      null,
      list,
    ],
    [
      'deleteConnection',
      (c) => c.deleteConnection('u-1', 'c-1'),
      'DELETE /users/u-1/connections/c-1',
      null,
      null,
    ],
    ['getJob', (c) => c.getJob('j-1'), 'GET /jobs/j-1', null, { id: 'j-1' }],
    ['listUserJobs', (c) => c.listUserJobs('u-1'), 'GET /users/u-1/jobs', null, { ...list, size: 0 }],
    [
      'answerMfa',
      (c) => c.answerMfa('j-1', ['1234']),
      'POST /jobs/j-1/mfa',
      { 'mfa-response': ['1234'] },
      reference,
    ],
    [
      'ids that need encoding',
      (c) => c.getJob('../a b?#'),
      'GET /jobs/..%2Fa%20b%3F%23',
      null,
      { id: '../a b?#' },
    ],
  ])('%s', async (name, call, line, body, answer) => {
    server.script = (_, response) => {
      if (answer === null) response.writeHead(204).end();
      else json(response, 200, answer);
    };
    await call(server.client());
    const [asked, ...more] = server.asked;
    expect(more).toHaveLength(0);
    expect(`${asked!.method} ${asked!.url}`).toBe(line);
    expect(asked!.body === '' ? null : JSON.parse(asked!.body)).toEqual(body);
    expect(asked!.headers['content-type']).toBe(body === null ? undefined : 'application/json');
    expect(claimsOf(asked!)).toMatchObject({
      scope: name === 'answerMfa' ? 'CLIENT_ACCESS' : 'SERVER_ACCESS',
    });
    expect(asked!.headers['basiq-version']).toBeUndefined();
  });

  test('the token request carries key, version and scope', async () => {
    await expect(server.client().tokenVersion()).resolves.toBe('2.1');
    expect(server.received).toMatchObject([
      {
        method: 'POST',
        url: '/token',
        body: 'scope=SERVER_ACCESS',
        headers: {
          authorization: 'Basic dGVzdC1rZXk6c2VjcmV0',
          'basiq-version': '2.1',
          'content-type': 'application/x-www-form-urlencoded',
        },
      },
    ]);
  });

  test.each(['', '/', '/basiq', '/basiq/'])('a base address that ends in %p', async (end) => {
    await server
      .client({ apiUrl: server.url + end })
      .getUser('u-1')
      .catch(() => undefined);
    const prefix = end.replace(/\/$/, '');
    expect(server.received.map(({ url }) => url)).toEqual([`${prefix}/token`, `${prefix}/users/u-1`]);
  });

  test.each(['', '.', '..', '\ud800'])('refuses the id %p without sending it', async (id) => {
    const error = await failureOf(server.client().getConnection('u-1', id));
    expect(error).toMatchObject({ outcome: 'refused', code: 'invalid-id', status: null });
    expect(server.received).toHaveLength(0);
  });

  test('refuses a filter value with a quote', async () => {
    const error = await failureOf(server.client().listConnections('u-1', { status: "x'),id.eq('y" }));
    expect(error).toMatchObject({ outcome: 'refused', code: 'invalid-id' });
    expect(server.received).toHaveLength(0);
  });

  test.each(['not an address', 'ftp://basiq', 'https://user:pa55@basiq'])(
    'refuses the base address %p',
    (apiUrl) => {
      expect(() => server.client({ apiUrl })).toThrow(/^BASIQ_API_URL must be an http\(s\) address$/);
    },
  );

  test.each(['', 'two words', 'line\nbreak'])('refuses the api key %p and does not repeat it', (apiKey) => {
    expect(() => server.client({ apiKey })).toThrow(/^BASIQ_API_KEY must be one line without spaces/);
  });
});

describe('answers', () => {
  const answering = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    server.script = (_, response) => json(response, status, body, headers);
    return server.client();
  };

  test.each<[number, unknown, { jobId: string; original: boolean }]>([
    [
      202,
      { type: 'job', id: 'j-1', links: { self: 'https://x/jobs/j-1' } },
      { jobId: 'j-1', original: false },
    ],
    [200, { type: 'job', id: 'j-1', steps: [] }, { jobId: 'j-1', original: true }],
    [202, { links: { self: 'https://au-api.basiq.io/jobs/j-2' } }, { jobId: 'j-2', original: false }],
    [202, { self: '/jobs/j-3' }, { jobId: 'j-3', original: false }],
  ])('a job reference: %p %p', async (status, body, expected) => {
    await expect(answering(status, body).refreshConnection('u-1', 'c-1')).resolves.toEqual(expected);
  });

  test.each<unknown>([
    { id: 7 },
    { type: 'job', id: '../..' },
    { type: 'job', id: '' },
    { links: { self: '/..' } },
    {},
  ])('a job reference that names no job, so that the job is looked for: %p', async (body) => {
    expect(await failureOf(answering(202, body).refreshConnection('u-1', 'c-1'))).toMatchObject({
      outcome: 'unknown',
      code: 'malformed-response',
    });
  });

  test.each<[string, (client: BasiqClient) => Promise<unknown>]>([
    ['user', (client) => client.getUser('u-1')],
    ['institution', (client) => client.getInstitution('AU00000')],
    ['connection', (client) => client.getConnection('u-1', 'c-1')],
    ['job', (client) => client.getJob('j-1')],
  ])('a %s with another id than was asked for is no answer', async (_, get) => {
    const error = await failureOf(get(answering(200, { id: 'another-one', steps: [] })));
    expect(error).toMatchObject({ outcome: 'unknown', code: 'malformed-response' });
    expect(error.message).not.toContain('another-one');
  });

  test('an id may come back in other letters', async () => {
    const { body } = await answering(200, { id: 'J-1', steps: [] }).getJob('j-1');
    expect(body.id).toBe('J-1');
  });

  test('a connection, without the person’s profile', async () => {
    const client = answering(200, {
      type: 'connection',
      id: 'c-1',
      status: 'invalid-connection',
      createdDate: '2020-09-09T11:06:52Z',
      lastUsed: null,
      profile: { fullName: 'Max Wentworth-Smith' },
      accounts: { data: [] },
      institution: { id: 'AU00000' },
      links: {},
    });
    await expect(client.getConnection('u-1', 'c-1')).resolves.toEqual({
      id: 'c-1',
      status: 'invalid-connection',
      createdDate: '2020-09-09T11:06:52.000Z',
      lastUsed: null,
      mfaEnabled: null,
      institutionId: 'AU00000',
    });
  });

  test('a connection as a CLIENT token sees it', async () => {
    await expect(answering(200, { id: 'c-1' }).getConnection('u-1', 'c-1')).resolves.toMatchObject({
      id: 'c-1',
      status: null,
      institutionId: null,
    });
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['text authorization', { authorization: 'user-mfa' }, { authorization: 'user-mfa' }],
    ['object authorization', { authorization: { type: 'user', meta: {} } }, { authorization: 'user' }],
    ['no authorization', {}, { authorization: null, status: null, averageTotalMs: null }],
    ['an odd authorization', { authorization: 7 }, { authorization: null }],
    ['an unknown status', { status: 'under-improvement' }, { status: 'under-improvement' }],
    ['a tier', { tier: '4' }, { tier: '4' }],
    ['averages', { stats: { averageDurationMs: { total: 31588 } } }, { averageTotalMs: 31588 }],
    ['averages null', { stats: { averageDurationMs: null } }, { averageTotalMs: null }],
    ['captions', { securityCodeCaption: 'Code' }, { securityCodeCaption: 'Code', passwordCaption: null }],
  ])('an institution with %s', async (_, wire, expected) => {
    const client = answering(200, { id: 'AU00000', ...wire });
    await expect(client.getInstitution('AU00000')).resolves.toMatchObject(expected);
  });

  test('a job, with Basiq’s clock', async () => {
    const client = answering(
      200,
      { id: 'j-1', steps: [], links: {} },
      { date: 'Wed, 09 Sep 2020 11:06:52 GMT' },
    );
    const { body, basiqNowMs } = await client.getJob('j-1');
    expect(basiqNowMs).toBe(Date.parse('2020-09-09T11:06:52Z'));
    expect(readJob(body, server.url)).toMatchObject({ jobId: 'j-1', state: 'running' });
  });

  test('without a readable Date header it is not known, and our clock is not put in its place', async () => {
    const { basiqNowMs } = await answering(200, { id: 'j-1' }, { date: 'noonish' }).getJob('j-1');
    expect(basiqNowMs).toBeNull();
  });

  test('the jobs of a user, with their institutions', async () => {
    const client = answering(200, {
      type: 'list',
      size: 2,
      data: [{ id: 'j-2', institution: { id: 'AU00002' }, steps: null }, { id: 'j-1' }],
    });
    const { body } = await client.listUserJobs('u-1');
    expect(body.map(({ id, institutionId }) => [id, institutionId])).toEqual([
      ['j-2', 'AU00002'],
      ['j-1', null],
    ]);
  });

  test('a list whose data is null is empty', async () => {
    await expect(answering(200, { data: null }).listInstitutions()).resolves.toEqual([]);
  });

  test('all pages of a list', async () => {
    server.script = ({ url }, response) => {
      const page = Number(new URL(url, server.url).searchParams.get('page') ?? 1);
      const next = page === 1 ? '/users/u-1/jobs?page=2' : `${server.url}/users/u-1/jobs?page=3`;
      json(response, 200, { data: [{ id: `j-${page}` }], links: page < 3 ? { next } : {} });
    };
    const { body } = await server.client().listUserJobs('u-1');
    expect(body.map(({ id }) => id)).toEqual(['j-1', 'j-2', 'j-3']);
    expect(server.calls.map(({ route }) => route).slice(1)).toEqual(Array(3).fill('/users/{userId}/jobs'));
  });

  test.each(['https://evil.example/users/u-1/jobs', 'http://['])(
    'never follows a next page at %p',
    async (next) => {
      const error = await failureOf(answering(200, { data: [], links: { next } }).listUserJobs('u-1'));
      expect(error).toMatchObject({ code: 'malformed-response', detail: 'links.next cannot be followed' });
      expect(server.asked).toHaveLength(1);
    },
  );

  test('does not go round in pages for ever', async () => {
    const client = answering(200, { data: [], links: { next: '/users/u-1/jobs?page=2' } });
    expect(await failureOf(client.listUserJobs('u-1'))).toMatchObject({ code: 'malformed-response' });
    expect(server.asked).toHaveLength(2);
  });

  test('an accepted MFA answer is accepted whatever its body', async () => {
    server.script = (_, response) => response.writeHead(202).end('{"id": ');
    await expect(server.client().answerMfa('j-1', ['1234'])).resolves.toBeUndefined();
  });
});

describe('errors', () => {
  const answering = (status: number, body: unknown, headers: Record<string, string> = {}) => {
    server.script = (_, response) => json(response, status, body, headers);
    return failureOf(server.client().refreshConnection('u-1', 'c-1'));
  };

  test('a refusal has Basiq’s code, texts and correlation id', async () => {
    const body = basiqErrorBody('invalid-credentials', 'Cannot log in', 'The password is wrong');
    const error = await answering(400, body);
    expect(Object.fromEntries(Object.entries(error))).toEqual({
      name: 'BasiqError',
      outcome: 'refused',
      status: 400,
      code: 'invalid-credentials',
      title: 'Cannot log in',
      detail: 'The password is wrong',
      correlationId: 'corr-1',
      retryAfterMs: null,
      method: 'POST',
      route: '/users/{userId}/connections/{connectionId}/refresh',
    });
    expect(server.asked).toHaveLength(1);
  });

  test.each<[number, string, string]>([
    [400, 'refused', 'some-code'],
    [401, 'refused', 'invalid-authorization-token'],
    [403, 'refused', 'no-production-access'],
    [403, 'refused', 'access-denied'],
    [404, 'refused', 'resource-not-found'],
    [408, 'unknown', 'some-code'],
    [415, 'refused', 'some-code'],
    [429, 'refused', 'too-many-requests'],
    [500, 'unknown', 'internal-server-error'],
    [502, 'unknown', 'some-code'],
    [503, 'unknown', 'service-unavailable'],
  ])('%d is %s', async (status, outcome, code) => {
    expect(await answering(status, basiqErrorBody(code, 'T'))).toMatchObject({ status, outcome, code });
    expect(server.asked).toHaveLength(1);
  });

  test.each<[string, unknown, Record<string, unknown>]>([
    ['no body to speak of', {}, { code: 'http-400', title: 'Basiq gave no reason', detail: null }],
    ['no data', { data: [] }, { code: 'http-400' }],
    ['data null', { data: null, correlationId: 'c' }, { code: 'http-400' }],
    ['data as an object', { data: { code: 'x', title: 'T' } }, { code: 'x', title: 'T' }],
    ['details', { data: [{ code: 'x', title: 'T', details: 'D' }] }, { detail: 'D' }],
    ['unknown keys', { data: [{ code: 'x', title: 'T', source: {}, more: [] }], y: 1 }, { code: 'x' }],
    ['a text', 'no', { code: 'http-400' }],
  ])('an error body with %s', async (_, body, expected) => {
    expect(await answering(400, body)).toMatchObject({ outcome: 'refused', status: 400, ...expected });
  });

  test('an error page in HTML', async () => {
    server.script = (_, response) => response.writeHead(502).end('<html>Bad gateway</html>');
    expect(await failureOf(server.client().getJob('j-1'))).toMatchObject({
      code: 'http-502',
      outcome: 'unknown',
    });
  });

  const date = 'Wed, 09 Sep 2020 11:00:00 GMT';
  test.each<[number, Record<string, string>, number | null]>([
    [429, {}, 60_000],
    [429, { 'retry-after': '7' }, 7_000],
    [429, { 'retry-after': 'Wed, 09 Sep 2020 11:02:00 GMT', date }, 120_000],
    [429, { 'retry-after': 'Wed, 09 Sep 2020 10:00:00 GMT', date }, 0],
    [429, { 'retry-after': 'later' }, 60_000],
    [503, {}, 300_000],
    [503, { 'retry-after': '99999999999' }, 86_400_000],
    [500, {}, 300_000],
    [502, {}, null],
    [400, {}, null],
  ])('%d with %p asks to wait', async (status, headers, retryAfterMs) => {
    expect(await answering(status, basiqErrorBody('c', 'T'), headers)).toMatchObject({ retryAfterMs });
  });

  test.each<[string, unknown]>([
    ['another shape', { data: [] }],
    ['a list', []],
    ['null', null],
  ])('a 202 with %s may have been done', async (_, body) => {
    expect(await answering(202, body)).toMatchObject({
      outcome: 'unknown',
      code: 'malformed-response',
      status: 202,
    });
  });

  test('names the place that did not fit, not what stood there', async () => {
    server.script = (_, response) =>
      json(response, 200, { data: [{ id: 'c-1' }, { id: { secret: 'hunter2' } }] });
    const error = await failureOf(server.client().listConnections('u-1'));
    expect(error.detail).toBe('unexpected: data.1.id');
  });
});

describe('onCall', () => {
  test('hears of every request that was sent, by its template', async () => {
    server.script = ({ url }, response) =>
      url === '/jobs/j-1'
        ? json(response, 200, { id: 'j-1' })
        : json(response, 404, basiqErrorBody('nope', 'T'));
    const client = server.client();
    await client.getJob('j-1');
    await failureOf(client.getJob('j-2'));
    const durationMs = expect.any(Number) as number;
    const good = { status: 200, durationMs, correlationId: null, errorCode: null };
    expect(server.calls).toEqual([
      { method: 'POST', route: '/token', ...good },
      { method: 'GET', route: '/jobs/{jobId}', ...good },
      {
        method: 'GET',
        route: '/jobs/{jobId}',
        status: 404,
        durationMs,
        correlationId: 'corr-1',
        errorCode: 'nope',
      },
    ]);
  });

  test('cannot break a call', async () => {
    server.script = (_, response) => json(response, 202, { id: 'j-1' });
    const client = server.client({
      onCall: () => {
        throw new Error('the log is full');
      },
    });
    await expect(client.refreshConnection('u-1', 'c-1')).resolves.toEqual({ jobId: 'j-1', original: false });
  });
});

test('onTurn and onToken hear of turns and tokens', async () => {
  const turns: string[] = [];
  const tokens: string[] = [];
  const observed = () =>
    server.client({
      onTurn: ({ priority, waitedMs }) => turns.push(waitedMs >= 0 ? priority : 'before its time'),
      onToken: ({ scope, outcome }) => tokens.push(`${scope} ${outcome}`),
    });
  server.script = (_, response) => json(response, 202, { id: 'j-1' });
  const client = observed();
  await client.refreshConnection('u-1', 'c-1');
  await client.refreshConnection('u-1', 'c-1');
  await client.answerMfa('j-1', ['1234']);
  await client.getJob('j-1');
  expect(turns).toEqual(['start-job', 'start-job', 'mfa-answer', 'look']);
  expect(tokens).toEqual(['SERVER_ACCESS fetched', 'CLIENT_ACCESS fetched']);

  tokens.length = 0;
  for (const [status, code] of [
    [404, 'parameter-not-valid'],
    [403, 'request-not-valid'],
    [429, 'too-many-requests'],
    [503, 'unavailable'],
  ] as const) {
    server.tokenScript = (_, response) => json(response, status, basiqErrorBody(code, 'T'));
    await failureOf(observed().getJob('j-1'));
  }
  expect(tokens).toEqual(['refused', 'too-many', 'too-many', 'failed'].map((end) => `SERVER_ACCESS ${end}`));
});

test('a token without a version', async () => {
  server.tokenScript = (_, response) =>
    json(response, 200, { access_token: jwt({ scope: 'x' }), expires_in: 60 });
  await expect(server.client().tokenVersion()).resolves.toBeNull();
  server.tokenScript = (_, response) => json(response, 200, { access_token: 'opaque', expires_in: 60 });
  await expect(server.client().tokenVersion()).resolves.toBeNull();
});
