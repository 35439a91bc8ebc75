import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { z } from 'zod';
import { startChild, type ChildEnd, type RunningChild } from '../../tools/child-process';
import { API_KEY, AttemptWorld, eventually, type Stage } from './attempt-world';
import { linking } from './linking';

/** The last test ends the world's Temporal server. */
let world: AttemptWorld;
beforeAll(async () => {
  world = await AttemptWorld.start();
}, 120_000);
afterAll(() => world.stop(), 60_000);

const CREATE = 'POST /users/:userId/connections';
const served = { WORKER_HTTP_ADDRESS: '127.0.0.1:0' };
const anHourLater = (route: string) =>
  ({ route, count: 1, fault: { kind: 'delay', ms: 3_600_000 } }) as const;

async function portOf(worker: RunningChild): Promise<number> {
  const line = await worker.waitForLine(/Health and metrics are served/, 30_000);
  return Number(/"port":(\d+)/.exec(line)?.[1]);
}

async function ask(port: number, route: string, init: RequestInit = {}): Promise<[number, string]> {
  const response = await fetch(`http://127.0.0.1:${port}${route}`, init);
  return [response.status, (await response.text()).trim()];
}

const eventuallyAnswers = (port: number, route: string, wanted: [number, string]) =>
  eventually(async () => JSON.stringify(await ask(port, route)) === JSON.stringify(wanted));

/** How the image's own check of its health ends for a worker on that port: 0 or 1. */
async function imageCheck(port: number): Promise<ChildEnd> {
  const dockerfile = readFileSync(path.join(__dirname, '..', '..', 'Dockerfile'), 'utf8');
  const json: unknown = JSON.parse(/^HEALTHCHECK [^]*?CMD (\[.*\])$/m.exec(dockerfile)?.[1] ?? '');
  const [program, ...args] = z.tuple([z.literal('node'), z.literal('-e'), z.string()]).parse(json);
  const env = { WORKER_HTTP_ADDRESS: `0.0.0.0:${port}` };
  return (await startChild({ name: program, command: process.execPath, args, env })).ended;
}

/** Not waited for until it polls. */
function beginWorker(stage: Stage, address: string): Promise<RunningChild> {
  return startChild({
    name: 'worker',
    command: process.execPath,
    args: [path.join(__dirname, '..', '..', 'dist', 'worker.js')],
    env: {
      TEMPORAL_CONFIG_FILE: path.join(world.folder, 'no-profile.toml'),
      TEMPORAL_ADDRESS: world.server.address,
      TEMPORAL_TASK_QUEUE: stage.taskQueue,
      BASIQ_API_URL: stage.sandbox.url,
      BASIQ_API_KEY: API_KEY,
      SECRETS_PRIVATE_KEYS_FILE: world.privateKeysFile,
      WORKER_HTTP_ADDRESS: address,
    },
  });
}

test('it answers before it takes tasks, and says that it is not ready', async () => {
  const stage = await world.stage();
  await stage.admin.fault(anHourLater('POST /token'));
  const worker = await beginWorker(stage, '127.0.0.1:0');
  const port = await portOf(worker);
  expect(await ask(port, '/readyz')).toEqual([503, 'the worker is starting']);
  expect(await ask(port, '/healthz')).toEqual([200, 'ok']);
  expect(await ask(port, '/metrics')).toEqual([200, expect.stringMatching(/^basiq_worker_ready 0$/m)]);
  expect(await imageCheck(port)).toEqual({ kind: 'exited', code: 1 });
  worker.kill();
  await worker.ended;
});

test('it is ready once it polls, and has nothing else to give', async () => {
  const stage = await world.stage();
  const port = await portOf(await stage.startWorker(served));
  await eventuallyAnswers(port, '/readyz', [200, 'ok']);
  expect(await ask(port, '/readyz?verbose')).toEqual([200, 'ok']);
  expect(await imageCheck(port)).toEqual({ kind: 'exited', code: 0 });
  expect(await ask(port, '/healthz')).toEqual([200, 'ok']);
  expect(await ask(port, '/metrics')).toEqual([200, expect.stringMatching(/^basiq_worker_ready 1$/m)]);
  for (const route of ['/', '/metrics/', '/debug', '//', '/constructor']) {
    expect([route, (await ask(port, route))[0]]).toEqual([route, 404]);
  }
  for (const method of ['POST', 'PUT', 'DELETE']) {
    expect(await ask(port, '/readyz', { method })).toEqual([405, 'GET alone']);
  }
});

test('while it drains it is not ready, and lives', async () => {
  const stage = await world.stage();
  await stage.admin.fault(anHourLater(CREATE));
  const worker = await stage.startWorker(served);
  const port = await portOf(worker);
  await stage.client.start(linking(await stage.newUser(), 'AU00000'));
  await eventually(async () => (await stage.callsOf(CREATE)) > 0);
  worker.signal('SIGTERM');
  // The POST has the grace time to finish.
  await eventuallyAnswers(port, '/readyz', [503, 'the worker is stopping']);
  expect(await ask(port, '/healthz')).toEqual([200, 'ok']);
  worker.kill();
  await worker.ended;
});

test('an address that is in use is named, and nothing is begun', async () => {
  const stage = await world.stage();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const bound = other.address();
  const port = typeof bound === 'object' ? bound?.port : undefined;
  const worker = await beginWorker(stage, `127.0.0.1:${port ?? 0}`);
  expect(await worker.ended).toEqual({ kind: 'exited', code: 1 });
  expect(worker.output()).toContain(
    `WORKER_HTTP_ADDRESS: 127.0.0.1 port ${port ?? 0} cannot be used: something`,
  );
  expect(await stage.admin.requests()).toEqual([]);
  await new Promise((resolve) => other.close(resolve));
});

test('when Temporal is gone it is not ready, and lives', async () => {
  const stage = await world.stage();
  const worker = await stage.startWorker(served);
  const port = await portOf(worker);
  await eventuallyAnswers(port, '/readyz', [200, 'ok']);
  world.server.kill();
  await eventuallyAnswers(port, '/readyz', [503, 'Temporal cannot be reached']);
  expect(await ask(port, '/healthz')).toEqual([200, 'ok']);
  expect(await ask(port, '/metrics')).toEqual([200, expect.stringMatching(/^basiq_worker_ready 0$/m)]);
  worker.kill();
  await worker.ended;
});
