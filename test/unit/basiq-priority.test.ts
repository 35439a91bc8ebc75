import { json, ScriptedServer } from './basiq-scripted-server';

const server = new ScriptedServer();
beforeAll(() => server.start());
afterAll(() => server.stop());

test('an answer goes first, then what belongs to a start, then looks at jobs', async () => {
  const client = server.client({ maxCallsPerSecond: 2 });
  server.script = ({ url }, response) =>
    json(response, 200, { type: 'list', id: url.split('/').at(-1), data: [] });
  // Tokens of both scopes and the burst are used up first, so that everything after them has to wait its turn.
  await client.answerMfa('j-0', ['1']);
  await Promise.all(Array.from({ length: 2 }, () => client.getJob('j-0')));
  server.received.length = 0;

  await Promise.all([
    client.getJob('j-1'),
    client.getJob('j-2'),
    client.listConnections('u-1'),
    client.listUserJobs('u-1'),
    client.answerMfa('j-3', ['1']),
  ]);
  expect(server.received.map(({ url }) => url)).toEqual([
    '/jobs/j-3/mfa',
    '/users/u-1/connections',
    '/users/u-1/jobs',
    '/jobs/j-1',
    '/jobs/j-2',
  ]);
});
