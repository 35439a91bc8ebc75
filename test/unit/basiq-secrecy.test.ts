import { inspect } from 'node:util';
import type { BasiqClient } from '../../src/basiq/basiq-client';
import { json, ScriptedServer, type Script } from './basiq-scripted-server';

const API_KEY = 'Y2FuYXJ5LWtleTpjYW5hcnk=';
const TOKEN = 'token.canary-value.sig';
const LOGIN = 'login-canary "7"';
const PASSWORD = 'pass \\canary word/é';
const CODE = 'code-canary';
const SECOND_LOGIN = 'second-canary';
const USER_TOKEN = 'usertoken-canary';
const ANSWER = 'answer-canary';
const SECRETS = [API_KEY, TOKEN, LOGIN, PASSWORD, CODE, SECOND_LOGIN, USER_TOKEN, ANSWER];

let server: ScriptedServer;
beforeEach(async () => {
  server = new ScriptedServer();
  await server.start();
  server.tokenScript = (_, response) => json(response, 200, { access_token: TOKEN, expires_in: 3600 });
});
afterEach(() => server.stop());

const CALLS: [string, (client: BasiqClient, signal: AbortSignal) => Promise<unknown>][] = [
  [
    'create',
    (client, signal) => {
      const credentials = {
        loginId: LOGIN,
        password: PASSWORD,
        securityCode: CODE,
        secondaryLoginId: SECOND_LOGIN,
      };
      return client.createConnection('u-1', credentials, 'AU00000', { signal });
    },
  ],
  [
    'create by token',
    (client, signal) => client.createConnection('u', { userToken: USER_TOKEN }, 'AU', { signal }),
  ],
  [
    'update',
    (client, signal) =>
      client.updateConnection('u', 'c', { password: PASSWORD, securityCode: CODE }, { signal }),
  ],
  ['answer', (client, signal) => client.answerMfa('j-1', [ANSWER, CODE], { signal })],
];

/** The values alone, as a careless server would put them into a sentence. */
function valuesIn(body: string): string {
  const values: string[] = [];
  try {
    JSON.parse(body, (_, value: unknown) => {
      if (typeof value === 'string') values.push(value);
    });
  } catch {
    // a form
  }
  return values.join(' ');
}

/** Answers with everything it was sent, in every place that an error takes text from. */
const echo =
  (status: number): Script =>
  ({ headers, body }, response) => {
    const padding = 'x'.repeat(75); // so that the cut falls into a value
    const sent = `${padding} ${headers.authorization ?? ''} ${valuesIn(body)} ${body}`;
    const error = { type: 'error', code: sent, title: sent, detail: sent, source: { parameter: sent } };
    json(response, status, { type: 'list', correlationId: sent, data: [error], [sent]: sent });
  };

const FAULTS: [string, Script][] = [
  ['an echoing 400', echo(400)],
  ['an echoing 500', echo(500)],
  ['an echoing 2xx of another shape', echo(202)],
  ['an echoing 2xx that is no JSON', ({ body }, response) => response.writeHead(202).end(`<html>${body}`)],
  [
    'an echoing redirect',
    ({ body }, response) => response.writeHead(307, { location: `/?${encodeURIComponent(body)}` }).end(body),
  ],
  ['a reset', (_, __, socket) => socket.destroy()],
  ['an echo that is not HTTP', ({ body }, _, socket) => socket.end(body)],
  ['silence', () => undefined],
];

/** All that a log, a serialiser or a debugger could get out of a value. */
function everythingIn(value: unknown): string {
  const seen = inspect(value, {
    showHidden: true,
    depth: Infinity,
    maxStringLength: Infinity,
    getters: true,
  });
  const stack = value instanceof Error ? `${value.stack ?? ''}${String(value.cause)}` : '';
  return `${seen}${JSON.stringify(value)}${String(value)}${stack}`;
}

function expectNoSecret(text: string): void {
  for (const secret of SECRETS) {
    const escaped = JSON.stringify(secret).slice(1, -1);
    const forms = [secret, escaped, JSON.stringify(escaped).slice(1, -1), encodeURIComponent(secret)];
    forms.push(Buffer.from(secret).toString('base64'));
    for (const form of forms) {
      // its beginning is enough to betray it
      const found = text.includes(form.slice(0, 8));
      expect({ form, found }).toEqual({ form, found: false });
    }
  }
}

describe.each(CALLS)('%s', (name, call) => {
  test.each(FAULTS)('%s', async (_, script) => {
    server.script = script;
    const client = server.client({ apiKey: API_KEY, timeoutMs: 200 });
    const { signal } = new AbortController();
    const outcome = await call(client, signal).catch((error: unknown) => error);
    expect(server.asked).toHaveLength(1);
    // an MFA answer that got a 202 is no error
    if (outcome !== undefined || name !== 'answer') expect(outcome).toMatchObject({ name: 'BasiqError' });
    expectNoSecret(everythingIn(outcome));
    expectNoSecret(everythingIn(server.calls));
  });

  test('cancelled in flight', async () => {
    const caller = new AbortController();
    server.script = () => caller.abort();
    const outcome: unknown = await call(server.client({ apiKey: API_KEY }), caller.signal).catch(
      (e: unknown) => e,
    );
    expect(outcome).toMatchObject({ code: 'cancelled', outcome: 'unknown' });
    expectNoSecret(everythingIn(outcome));
  });
});

test.each(FAULTS)('the token call: %s', async (_, script) => {
  server.tokenScript = script;
  const outcome: unknown = await server
    .client({ apiKey: API_KEY, timeoutMs: 200 })
    .getJob('j-1')
    .catch((error: unknown) => error);
  expect(outcome).toMatchObject({ name: 'BasiqError', route: '/token' });
  expectNoSecret(everythingIn(outcome));
});

test('the client itself shows neither key nor token', async () => {
  server.script = (_, response) => json(response, 200, { id: 'j-1' });
  const client = server.client({ apiKey: API_KEY });
  await client.getJob('j-1');
  expectNoSecret(everythingIn(client));
});
