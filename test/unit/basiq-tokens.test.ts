import { BasiqError, ownError } from '../../src/basiq/basiq-error';
import { TokenCache, type FetchedToken, type TokenScope } from '../../src/basiq/token-cache';
import { basiqErrorBody, json, ScriptedServer } from './basiq-scripted-server';

const MINUTE_MS = 60_000;

async function failureOf(call: Promise<unknown>): Promise<BasiqError> {
  const outcome = await call.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  if (!(outcome instanceof BasiqError)) throw new Error(`expected a BasiqError: ${String(outcome)}`);
  return outcome;
}

describe('TokenCache', () => {
  let nowMs: number;
  let fetched: TokenScope[];
  let fetch: (scope: TokenScope) => Promise<FetchedToken>;
  let cache: TokenCache;
  beforeEach(() => {
    nowMs = 1000;
    fetched = [];
    fetch = (scope) => Promise.resolve({ value: `${scope}-${fetched.length}`, lifetimeMs: 60 * MINUTE_MS });
    cache = new TokenCache(
      (scope) => {
        fetched.push(scope);
        return fetch(scope);
      },
      () => nowMs,
    );
  });

  test('fetches once for many, and once per scope', async () => {
    const tokens = await Promise.all([
      ...Array.from({ length: 20 }, () => cache.get('SERVER_ACCESS')),
      cache.get('CLIENT_ACCESS'),
    ]);
    expect(new Set(tokens.slice(0, 20)).size).toBe(1);
    expect(fetched).toEqual(['SERVER_ACCESS', 'CLIENT_ACCESS']);
    await cache.get('SERVER_ACCESS');
    expect(fetched).toHaveLength(2);
  });

  test('renews before expiry, behind the calls that still use the old one', async () => {
    const first = await cache.get('SERVER_ACCESS');
    nowMs += 55 * MINUTE_MS - 1;
    await expect(cache.get('SERVER_ACCESS')).resolves.toBe(first);
    expect(fetched).toHaveLength(1);
    nowMs += 1;
    await expect(cache.get('SERVER_ACCESS')).resolves.toBe(first);
    expect(fetched).toHaveLength(2);
    await expect(cache.get('SERVER_ACCESS')).resolves.toBe('SERVER_ACCESS-2');
    expect(fetched).toHaveLength(2);
  });

  test('waits for a new one after expiry', async () => {
    await cache.get('SERVER_ACCESS');
    nowMs += 60 * MINUTE_MS;
    await expect(cache.get('SERVER_ACCESS')).resolves.toBe('SERVER_ACCESS-2');
  });

  test('counts a life from before it was asked for', async () => {
    fetch = () => {
      nowMs += 10 * MINUTE_MS; // a very slow answer
      return Promise.resolve({ value: `t-${fetched.length}`, lifetimeMs: 60 * MINUTE_MS });
    };
    await cache.get('SERVER_ACCESS');
    nowMs += 50 * MINUTE_MS;
    await expect(cache.get('SERVER_ACCESS')).resolves.toBe('t-2');
  });

  test('a short life is not renewed at once', async () => {
    fetch = () => Promise.resolve({ value: `t-${fetched.length}`, lifetimeMs: 10_000 });
    await cache.get('SERVER_ACCESS');
    nowMs += 7_999;
    await cache.get('SERVER_ACCESS');
    expect(fetched).toHaveLength(1);
    nowMs += 2;
    await cache.get('SERVER_ACCESS');
    expect(fetched).toHaveLength(2);
  });

  test('goes on with a token that still works when a new one cannot be had', async () => {
    const first = await cache.get('SERVER_ACCESS');
    const call = { method: 'POST', route: '/token' };
    fetch = () => Promise.reject(ownError(call, 'not-sent', 'network-error', 'down'));
    nowMs += 56 * MINUTE_MS;
    await expect(cache.get('SERVER_ACCESS')).resolves.toBe(first);
    await expect(cache.get('SERVER_ACCESS')).resolves.toBe(first);
    expect(fetched).toHaveLength(2);
    nowMs += 4 * MINUTE_MS;
    expect(await failureOf(cache.get('SERVER_ACCESS'))).toMatchObject({ code: 'network-error' });
  });

  test('a forgotten token is replaced, a newer one is not forgotten', async () => {
    const first = await cache.get('SERVER_ACCESS');
    cache.forget('SERVER_ACCESS', first);
    const second = await cache.get('SERVER_ACCESS');
    cache.forget('SERVER_ACCESS', first);
    await expect(cache.get('SERVER_ACCESS')).resolves.toBe(second);
    expect(fetched).toHaveLength(2);
  });

  test.each([
    ['too many calls', { status: 429, code: 'too-many-requests' }, 60_000, 60_000],
    ['too many from one address', { status: 403, code: 'request-not-valid' }, 60_000, 60_000],
    ['too many, and a hint of a day', { status: 429, code: 'c' }, 86_400_000, 300_000],
    ['a server error', { status: 500, code: 'c' }, 300_000, 1000],
    ['an unknown key', { status: 404, code: 'api-key-refused' }, null, 1000],
  ])('after %s it is left alone for a while', async (_, facts, retryAfterMs, heldMs) => {
    const more = { outcome: 'not-sent', title: 'T', detail: null, correlationId: null } as const;
    const route = { method: 'POST', route: '/token' };
    fetch = () => Promise.reject(new BasiqError({ ...more, ...route, ...facts, retryAfterMs }));
    await failureOf(cache.get('SERVER_ACCESS'));
    nowMs += heldMs - 10;
    const held = await failureOf(cache.get('SERVER_ACCESS'));
    expect(held).toMatchObject({ ...facts, retryAfterMs: retryAfterMs === null ? null : 10 });
    expect(fetched).toHaveLength(1);
    nowMs += 10;
    await failureOf(cache.get('SERVER_ACCESS'));
    expect(fetched).toHaveLength(2);
  });
});

describe('tokens over HTTP', () => {
  let server: ScriptedServer;
  beforeEach(async () => {
    server = new ScriptedServer();
    await server.start();
  });
  afterEach(() => server.stop());

  const expired = basiqErrorBody('access-denied', 'Access denied.', 'Token has expired');

  test('an expired token is renewed once for all, and what it refused is sent once more', async () => {
    const client = server.client();
    const old = new Set<string | undefined>();
    server.script = ({ headers }, response) => {
      if (old.has(headers.authorization)) json(response, 403, expired);
      else json(response, 202, { id: 'j-1' });
    };
    await client.refreshConnection('u-1', 'c-1');
    old.add(server.asked[0]?.headers.authorization);
    await Promise.all(Array.from({ length: 5 }, (_, n) => client.refreshConnection('u-1', `c-${n}`)));
    expect(server.tokens).toBe(2);
    // each of the five at most twice
    const paths = server.asked.slice(1).map(({ url }) => url);
    expect(new Set(paths).size).toBe(5);
    for (const path of paths) expect(paths.filter((other) => other === path).length).toBeLessThanOrEqual(2);
    expect(paths.length).toBeGreaterThan(5);
  });

  test('a new token that is expired too is an error, not a loop', async () => {
    server.script = (_, response) => json(response, 403, expired);
    const error = await failureOf(server.client().answerMfa('j-1', ['1234']));
    expect(error).toMatchObject({ outcome: 'refused', status: 403, code: 'access-denied' });
    expect(server.asked).toHaveLength(2);
    expect(server.tokens).toBe(2);
  });

  test.each([
    [403, 'forbidden-access', 'Token has expired'],
    [403, 'access-denied', 'Your account is disabled'],
    [403, 'no-production-access', 'No access'],
    [401, 'invalid-authorization-token', undefined],
    [401, 'access-denied', 'Token has expired'],
    [400, 'access-denied', 'Token has expired'],
  ])('%d %s (%s) is sent once', async (status, code, detail) => {
    server.script = (_, response) => json(response, status, basiqErrorBody(code, 'T', detail));
    expect(await failureOf(server.client().getJob('j-1'))).toMatchObject({
      status,
      code,
      outcome: 'refused',
    });
    expect(server.received).toHaveLength(2);
  });

  test.each([
    [404, 'parameter-not-valid'],
    [400, 'parameter-not-valid'],
    [401, 'unauthorized-access'],
    [403, 'forbidden-access'],
  ])('a key refused with %d %s names its variable', async (status, code) => {
    server.tokenScript = (_, response) => json(response, status, basiqErrorBody(code, 'No', 'Really'));
    const error = await failureOf(server.client().getJob('j-1'));
    expect(error).toMatchObject({
      outcome: 'refused',
      status,
      code: 'api-key-refused',
      detail: `${code}: No Really`,
      correlationId: 'corr-1',
      route: '/token',
    });
    expect(error.message).toContain('BASIQ_API_KEY');
    expect(server.asked).toHaveLength(0);
  });

  test.each<[number, unknown, Record<string, string>, Record<string, unknown>]>([
    [429, basiqErrorBody('too-many-requests', 'T'), { 'retry-after': '7' }, { retryAfterMs: 7000 }],
    [403, basiqErrorBody('request-not-valid', 'Invalid request'), {}, { retryAfterMs: 60_000 }],
    [500, {}, {}, { code: 'http-500', retryAfterMs: 300_000 }],
    [503, {}, {}, { code: 'http-503', retryAfterMs: 300_000 }],
    [200, {}, {}, { code: 'malformed-response', retryAfterMs: null }],
    [200, { access_token: 'two\nlines', expires_in: 3600 }, {}, { code: 'malformed-response' }],
    [302, {}, { location: 'https://evil.example/token' }, { code: 'redirect-refused' }],
  ])('a token call that ends %d %p means: not sent', async (status, body, headers, expected) => {
    server.tokenScript = (_, response) => json(response, status, body, headers);
    const error = await failureOf(server.client().refreshConnection('u-1', 'c-1'));
    expect(error).toMatchObject({ outcome: 'not-sent', status, route: '/token', ...expected });
    expect(server.asked).toHaveLength(0);
  });

  test('an expiry in words is read, a missing one assumed', async () => {
    server.script = (_, response) => json(response, 200, { id: 'j-1' });
    for (const expires of [{ expires_in: '3600' }, {}]) {
      server.tokenScript = (_, response) => json(response, 200, { access_token: 'opaque', ...expires });
      const client = server.client();
      await client.getJob('j-1');
      await client.getJob('j-1');
    }
    expect(server.received).toHaveLength(6);
  });
});
