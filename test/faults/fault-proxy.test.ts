import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { FaultProxy, type Spoil } from './fault-proxy';

/** What reached Basiq. */
const reached: string[] = [];
const server = createServer((request, response) => {
  void text(request).then((body) => {
    reached.push(`${request.method ?? ''} ${request.url ?? ''} ${body}`);
    response.writeHead(202, { 'content-type': 'application/json', date: 'Sun, 01 Nov 2026 00:00:00 GMT' });
    response.end('{"type":"job","id":"job-1"}');
  });
});
let proxy: FaultProxy;
let url: string;
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  proxy = new FaultProxy(`http://127.0.0.1:${address.port}`);
  url = await proxy.door('worker-1');
});
beforeEach(() => {
  reached.length = 0;
  proxy.honest();
});
afterAll(async () => {
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

const post = () => fetch(`${url}/users/u/connections`, { method: 'POST', body: '{}', redirect: 'manual' });

test('an honest proxy passes everything on, and notes it', async () => {
  const answer = await post();
  expect([answer.status, await answer.text(), answer.headers.get('date')]).toEqual([
    202,
    '{"type":"job","id":"job-1"}',
    'Sun, 01 Nov 2026 00:00:00 GMT',
  ]);
  expect(reached).toEqual(['POST /users/u/connections {}']);
  expect(proxy.passages.at(-1)).toMatchObject({
    door: 'worker-1',
    kind: 'start',
    reached: true,
    status: 202,
  });
});

test.each<[name: string, spoil: Spoil, calls: number, seen: (answer: Response) => Promise<unknown>]>([
  [
    '429',
    { kind: 'status', status: 429, retryAfterSeconds: 2 },
    0,
    (a) => Promise.resolve(a.headers.get('retry-after')),
  ],
  [
    'a redirect',
    { kind: 'redirect', status: 307, location: 'http://127.0.0.1:1/x' },
    0,
    (a) => Promise.resolve(a.headers.get('location')),
  ],
  [
    'another body, done',
    { kind: 'body', done: true, contentType: 'text/html', body: '<p>' },
    1,
    (a) => a.text(),
  ],
  [
    'another body, not done',
    { kind: 'body', done: false, contentType: 'text/html', body: '<p>' },
    0,
    (a) => a.text(),
  ],
  ['a drip', { kind: 'drip', everyMs: 0 }, 1, (a) => a.text()],
])('%s', async (_name, spoil, calls, seen) => {
  proxy.spoil = () => spoil;
  const expected = {
    status: '2',
    redirect: 'http://127.0.0.1:1/x',
    body: '<p>',
    drip: '{"type":"job","id":"job-1"}',
  };
  const kind = spoil.kind;
  if (kind === 'reset' || kind === 'truncated') throw new Error('these have no answer');
  expect(await seen(await post())).toBe(expected[kind]);
  expect(reached).toHaveLength(calls);
});

test.each<[name: string, spoil: Spoil, calls: number]>([
  ['reset, done', { kind: 'reset', done: true }, 1],
  ['reset, not done', { kind: 'reset', done: false }, 0],
  ['cut off', { kind: 'truncated' }, 1],
])('%s: no whole answer comes', async (_name, spoil, calls) => {
  proxy.spoil = () => spoil;
  await expect(post().then((answer) => answer.text())).rejects.toThrow();
  expect(reached).toHaveLength(calls);
});

test('closed, it refuses connections; open again, it answers at the same address', async () => {
  await proxy.close();
  await expect(post()).rejects.toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  await proxy.reopen();
  expect((await post()).status).toBe(202);
});
