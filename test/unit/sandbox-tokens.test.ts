import { z } from 'zod';
import { API_KEY, aString, Caller, errorOf, idOf } from './sandbox-caller';

/** Tokens, scopes and who may see what. */
describe('tokens', () => {
  let caller: Caller;

  beforeEach(async () => {
    caller = await Caller.start({ stepMs: 0 });
  });

  afterEach(() => caller.close());

  const claimsOf = (token: string): unknown =>
    JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());

  test('are three-part JWTs that say what they are for, how long, and whose', async () => {
    const userId = await caller.newUser();
    const token = await caller.token('CLIENT_ACCESS', { userId });
    expect(token.split('.')).toHaveLength(3);
    const nowSeconds = caller.clock.nowMs / 1000;
    expect(claimsOf(token)).toEqual({
      partnerid: aString,
      applicationid: aString,
      jti: aString,
      scope: 'CLIENT_ACCESS',
      version: '2.1',
      iat: nowSeconds,
      exp: nowSeconds + 3600,
      userid: userId,
    });
  });

  test('are answered as documented, the scope may be left out', async () => {
    const answer = await caller.send('POST', '/token', {
      authorization: `Basic ${API_KEY}`,
      'basiq-version': '2.1',
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      access_token: aString,
      expires_in: 3600,
      token_type: 'Bearer',
    });
    const { access_token: token } = z.object({ access_token: z.string() }).loose().parse(answer.body);
    expect(claimsOf(token)).toMatchObject({ scope: 'SERVER_ACCESS' });
  });

  test.each([
    ['no Authorization', {}, 400, 'Authorization header parameter is required'],
    ['another scheme', { authorization: 'Bearer x' }, 400, 'Invalid authorization header'],
    [
      'an unknown key',
      { authorization: 'Basic other' },
      404,
      'Unable to authenticate. Please, check your API key',
    ],
  ])('are refused for %s', async (_case, headers: Record<string, string>, status, detail) => {
    const answer = await caller.send('POST', '/token', { 'basiq-version': '2.1', ...headers });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual(errorOf('parameter-not-valid', detail));
  });

  test('need a known version', async () => {
    const headers = { authorization: `Basic ${API_KEY}` };
    expect((await caller.send('POST', '/token', headers)).body).toEqual(
      errorOf('parameter-not-valid', 'Basiq-version must be specified in HTTP request header'),
    );
    expect((await caller.send('POST', '/token', { ...headers, 'basiq-version': '0.9' })).status).toBe(400);
  });

  test('expire on the sandbox clock: a 403, not a 401', async () => {
    const token = await caller.token('SERVER_ACCESS');
    caller.pass(3_599_999);
    expect((await caller.withToken(token, 'GET', '/institutions')).status).toBe(200);
    caller.pass(1);
    const answer = await caller.withToken(token, 'GET', '/institutions');
    expect(answer.status).toBe(403);
    expect(answer.body).toEqual({
      type: 'list',
      correlationId: aString,
      data: [
        {
          type: 'error',
          code: 'access-denied',
          title: 'Access denied.',
          detail: 'Token has expired',
          source: null,
        },
      ],
    });
  });

  test('can be made to expire all at once', async () => {
    const token = await caller.token('SERVER_ACCESS');
    expect((await caller.admin('POST', '/tokens/expire')).body).toEqual({ expired: 1 });
    expect((await caller.withToken(token, 'GET', '/institutions')).status).toBe(403);
    expect((await caller.call('GET', '/institutions')).status).toBe(200);
  });

  test.each([{}, { authorization: 'Bearer a.b.c' }, { authorization: 'garbage' }])(
    'that are missing or garbled are a 401 without detail: %j',
    async (headers: Record<string, string>) => {
      const answer = await caller.send('GET', '/institutions', headers);
      expect(answer.status).toBe(401);
      expect(answer.body).toEqual({
        type: 'list',
        correlationId: aString,
        data: [{ type: 'error', code: 'invalid-authorization-token', title: 'Invalid authorization token.' }],
      });
    },
  );

  test('work for their own scope only', async () => {
    const userId = await caller.newUser();
    const jobId = idOf(await caller.connect(userId, 'AU00002', 'jared', 'django'));
    const client = await caller.token('CLIENT_ACCESS');
    const server = await caller.token('SERVER_ACCESS');
    const response = { 'mfa-response': ['1234'] };
    const wrong = await caller.withToken(server, 'POST', `/jobs/${jobId}/mfa`, response);
    expect(wrong.status).toBe(403);
    expect(wrong.body).toEqual(errorOf('forbidden-access'));
    expect((await caller.withToken(client, 'GET', `/jobs/${jobId}`)).status).toBe(403);
    expect((await caller.withToken(client, 'GET', `/users/${userId}/connections`)).status).toBe(403);
    expect((await caller.withToken(client, 'POST', `/jobs/${jobId}/mfa`, response)).status).toBe(202);
  });

  test('that are bound to a user open nothing of another', async () => {
    const [mine, other] = [await caller.newUser(), await caller.newUser()];
    const jobId = idOf(await caller.connect(mine, 'AU00000'));
    const token = await caller.token('SERVER_ACCESS', { userId: other });
    const answer = await caller.withToken(token, 'GET', `/users/${mine}`);
    expect(answer.status).toBe(401);
    expect(answer.body).toEqual(errorOf('unauthorized-access'));
    expect((await caller.withToken(token, 'GET', `/jobs/${jobId}`)).status).toBe(401);
    expect((await caller.withToken(token, 'GET', `/users/${other}`)).status).toBe(200);
  });

  test('say the version that the sandbox was told to say', async () => {
    await caller.admin('PUT', '/settings', { tokenVersion: '2.0', tokenLifeSeconds: 60 });
    expect(claimsOf(await caller.token('SERVER_ACCESS'))).toMatchObject({ version: '2.0' });
    await caller.admin('PUT', '/settings', { tokenVersion: null });
    expect(claimsOf(await caller.token('SERVER_ACCESS'))).toMatchObject({ version: '2.1' });
  });

  test('are not needed for the public institutions', async () => {
    const answer = await caller.send('GET', '/public/institutions', {});
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ type: 'list', totalCount: 13 });
  });
});
