import { getEventListeners } from 'node:events';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { BasiqClient } from '../../src/basiq/basiq-client';
import { BasiqError } from '../../src/basiq/basiq-error';
import { basiqErrorBody, json, ScriptedServer, type Script } from './basiq-scripted-server';

let server: ScriptedServer;
beforeEach(async () => {
  server = new ScriptedServer();
  await server.start();
});
afterEach(() => server.stop());

/** A POST, for which it matters whether it may have been done. */
const create = (client: BasiqClient, signal?: AbortSignal) =>
  client.createConnection('u-1', { loginId: 'l', password: 'p' }, 'AU00000', signal && { signal });

async function failureOf(call: Promise<unknown>): Promise<BasiqError> {
  const outcome = await call.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
  if (!(outcome instanceof BasiqError)) throw new Error(`expected a BasiqError: ${String(outcome)}`);
  return outcome;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

const BREAKS: [string, Script, Record<string, unknown>][] = [
  [
    'a reset',
    (_, __, socket) => socket.destroy(),
    { outcome: 'unknown', code: 'network-error', status: null },
  ],
  [
    'an answer that is not HTTP',
    (_, __, socket) => socket.end('garbage\r\n\r\n'),
    { outcome: 'unknown', code: 'network-error', status: null },
  ],
  [
    'a body cut short',
    (_, response, socket) => {
      response.writeHead(202, { 'content-length': 100 }).write('{"id":"j-1"', () => socket.destroy());
    },
    { outcome: 'unknown', code: 'network-error', status: 202 },
  ],
  [
    'a body that is no JSON',
    (_, response) => response.writeHead(202).end('{"id":'),
    { outcome: 'unknown', code: 'malformed-response', status: 202 },
  ],
  [
    'an empty body',
    (_, response) => response.writeHead(202).end(),
    { outcome: 'unknown', code: 'malformed-response', status: 202 },
  ],
  [
    'a refusal cut short',
    (_, response, socket) => {
      response.writeHead(400, { 'content-length': 100 }).write('{"data":', () => socket.destroy());
    },
    { outcome: 'refused', code: 'http-400', status: 400 },
  ],
  [
    'a redirect that keeps the request',
    (_, response) => response.writeHead(307, { location: '/elsewhere' }).end('moved'),
    { outcome: 'refused', code: 'redirect-refused', status: 307 },
  ],
  [
    'a redirect to another page',
    (_, response) => response.writeHead(303, { location: '/elsewhere' }).end(),
    { outcome: 'unknown', code: 'redirect-refused', status: 303 },
  ],
  [
    'a body without end',
    (_, response) => {
      const megabyte = 'x'.repeat(1024 * 1024);
      response.writeHead(202);
      const more = () => {
        if (!response.destroyed) response.write(megabyte, more);
      };
      more();
    },
    { outcome: 'unknown', code: 'response-too-large', status: 202 },
  ],
  [
    'a small body that unpacks to a large one',
    (_, response) => {
      response.writeHead(202, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(20 * 1024 * 1024)));
    },
    { outcome: 'unknown', code: 'response-too-large', status: 202 },
  ],
];

test.each(BREAKS)('%s', async (_, script, expected) => {
  server.script = script;
  const route = '/users/{userId}/connections';
  expect(await failureOf(create(server.client()))).toMatchObject({ ...expected, method: 'POST', route });
  expect(server.asked).toHaveLength(1);
  expect(server.calls.at(-1)).toMatchObject({ status: expected.status, errorCode: expected.code });
});

describe('what cannot have reached Basiq', () => {
  test('nobody listens', async () => {
    server.script = (_, response) => json(response, 202, { id: 'j-1' });
    const client = server.client();
    await create(client);
    await server.stop();
    // the connection that was kept is gone too: wait until the client has noticed
    let error = await failureOf(create(client));
    if (error.detail !== 'ECONNREFUSED') error = await failureOf(create(client));
    expect(error).toMatchObject({ outcome: 'not-sent', code: 'network-error', detail: 'ECONNREFUSED' });
  });

  test('no such host', async () => {
    const error = await failureOf(create(server.client({ apiUrl: 'http://basiq.invalid' })));
    expect(error).toMatchObject({ outcome: 'not-sent', code: 'network-error' });
    expect(error.detail).toMatch(/^(ENOTFOUND|EAI_AGAIN)$/);
  });
});

describe('the timeout', () => {
  test('covers the wait for an answer', async () => {
    server.script = () => undefined;
    const error = await failureOf(create(server.client({ timeoutMs: 100 })));
    expect(error).toMatchObject({ outcome: 'unknown', code: 'timeout', status: null });
  });

  test.each([
    [202, 'unknown', 'timeout'],
    [400, 'refused', 'http-400'],
  ])('covers a body that comes in drips, of a %d', async (status, outcome, code) => {
    server.script = (_, response, socket) => {
      response.writeHead(status);
      const drip = setInterval(() => response.write(' '), 10);
      socket.on('close', () => clearInterval(drip));
    };
    const error = await failureOf(create(server.client({ timeoutMs: 150 })));
    expect(error).toMatchObject({ outcome, code, status });
  });

  test('does not count the wait for a turn', async () => {
    server.script = (_, response) => json(response, 202, { id: 'j-1' });
    const client = server.client({ timeoutMs: 300, maxCallsPerSecond: 2 });
    // two turns at once, then one every 500 ms; the token takes the first
    await Promise.all([create(client), create(client), create(client)]);
    expect(server.asked).toHaveLength(3);
  });
});

describe('a caller that gives up', () => {
  test('before anything', async () => {
    const error = await failureOf(create(server.client(), AbortSignal.abort()));
    expect(error).toMatchObject({ outcome: 'not-sent', code: 'cancelled' });
    expect(server.asked).toHaveLength(0);
  });

  test('while it waits for its turn', async () => {
    server.script = (_, response) => json(response, 202, { id: 'j-1' });
    const client = server.client({ maxCallsPerSecond: 2 });
    await create(client); // the burst: a token and this
    const caller = new AbortController();
    const waiting = failureOf(create(client, caller.signal));
    await until(() => getEventListeners(caller.signal, 'abort').length > 0);
    caller.abort();
    expect(await waiting).toMatchObject({ outcome: 'not-sent', code: 'cancelled' });
    expect(server.asked).toHaveLength(1);
  });

  test('while a token is fetched, which goes on for the others', async () => {
    let release: () => void = () => undefined;
    const grant = server.tokenScript;
    server.tokenScript = (received, response, socket) => {
      release = () => grant(received, response, socket);
    };
    server.script = (_, response) => json(response, 202, { id: 'j-1' });
    const client = server.client();
    const caller = new AbortController();
    const waiting = failureOf(create(client, caller.signal));
    const other = create(client);
    await until(() => server.received.length === 1);
    caller.abort();
    expect(await waiting).toMatchObject({ outcome: 'not-sent', code: 'cancelled' });
    release();
    await expect(other).resolves.toEqual({ jobId: 'j-1', original: false });
    expect(server.received).toHaveLength(2);
  });

  test('in flight', async () => {
    let closed = false;
    server.script = (_, __, socket) => void socket.on('close', () => (closed = true));
    const caller = new AbortController();
    const call = failureOf(create(server.client(), caller.signal));
    await until(() => server.asked.length === 1);
    caller.abort();
    expect(await call).toMatchObject({ outcome: 'unknown', code: 'cancelled' });
    await until(() => closed);
    expect(server.calls.at(-1)).toMatchObject({ status: null, errorCode: 'cancelled' });
  });

  test('finds its signal clean after a thousandth call as after the first', async () => {
    server.script = ({ url }, response) =>
      url.endsWith('bad')
        ? json(response, 400, basiqErrorBody('c', 'T'))
        : json(response, 200, { id: 'good' });
    const { signal } = new AbortController();
    const client = server.client();
    for (let round = 0; round < 3; round += 1) {
      await client.getJob('good', { signal });
      await failureOf(client.getJob('bad', { signal }));
    }
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

test('a port that hangs up', async () => {
  const mute = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const address = mute.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  const error = await failureOf(create(server.client({ apiUrl: `http://127.0.0.1:${address.port}` })));
  // no token, so the create itself was never sent, whatever became of the token call
  expect(error).toMatchObject({ outcome: 'not-sent', code: 'network-error', route: '/token' });
  await new Promise((resolve) => mute.close(resolve));
});
