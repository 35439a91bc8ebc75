import { BasiqClient } from '../../src/basiq/basiq-client';
import { BasiqError } from '../../src/basiq/basiq-error';
import { readJob, type JobView } from '../../src/basiq/job';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server';

/** The client and the sandbox share no code, so that each checks how the other reads Basiq. */

const API_KEY = 'c2FuZGJveDprZXk=';

let sandbox: Sandbox;
let client: BasiqClient;
let userId: string;
let tokenCalls: number;

async function start(options: Partial<SandboxOptions> = {}): Promise<void> {
  sandbox = await startSandbox({ apiKey: API_KEY, stepMs: 20, ...options });
  const limits = { maxCallsPerSecond: 200, timeoutMs: 5000 };
  tokenCalls = 0;
  client = new BasiqClient({
    apiUrl: sandbox.url,
    apiKey: API_KEY,
    onCall: ({ route }) => {
      if (route === '/token') tokenCalls += 1;
    },
    ...limits,
  });
  userId = (await client.createUser({ email: 'gavin@hooli.com' })).id;
}
afterEach(() => sandbox.close());

async function look(jobId: string): Promise<JobView> {
  return readJob((await client.getJob(jobId)).body, sandbox.url);
}

async function until(jobId: string, ...states: JobView['state'][]): Promise<JobView> {
  for (;;) {
    const view = await look(jobId);
    if (states.includes(view.state)) return view;
    if (view.state === 'failed' || view.state === 'succeeded')
      throw new Error(`ended ${JSON.stringify(view)}`);
  }
}

async function control(path: string, body: unknown): Promise<void> {
  const answer = await fetch(`${sandbox.url}/_sandbox${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

describe.each([
  { stepResultForm: 'object', linkForm: 'absolute' },
  { stepResultForm: 'array', linkForm: 'relative' },
] as const)('with results as $stepResultForm and $linkForm links', (forms) => {
  test('create, list, refresh, update, delete', async () => {
    await start(forms);
    await expect(client.tokenVersion()).resolves.toBe('2.1');
    const created = await client.createConnection(
      userId,
      { loginId: 'jared', password: 'django' },
      'AU00000',
    );
    expect(created.original).toBe(false);
    const { connectionId } = await until(created.jobId, 'succeeded');
    if (connectionId === null) throw new Error('a succeeded job links its connection');

    const { body: connections } = await client.listConnections(userId, {
      status: 'active',
      institutionId: 'AU00000',
    });
    expect(connections).toMatchObject([{ id: connectionId, status: 'active', institutionId: 'AU00000' }]);
    expect((await client.listConnections(userId, { status: 'invalid' })).body).toEqual([]);
    await expect(client.getConnection(userId, connectionId)).resolves.toMatchObject({ id: connectionId });

    const refresh = await client.refreshConnection(userId, connectionId);
    const again = await client.refreshConnection(userId, connectionId);
    expect(again).toEqual({ jobId: refresh.jobId, original: true });
    expect((await until(refresh.jobId, 'succeeded')).connectionId).toBe(connectionId);

    const update = await client.updateConnection(userId, connectionId, { password: 'django' });
    expect((await until(update.jobId, 'succeeded')).connectionId).toBe(connectionId);

    const { body: jobs } = await client.listUserJobs(userId);
    expect(new Set(jobs.map(({ id }) => id))).toEqual(new Set([created.jobId, refresh.jobId, update.jobId]));
    expect(jobs.map(({ institutionId }) => institutionId)).toEqual(Array(3).fill('AU00000'));

    await client.deleteConnection(userId, connectionId);
    const gone = client.getConnection(userId, connectionId);
    await expect(gone).rejects.toMatchObject({ outcome: 'refused', status: 404, code: 'resource-not-found' });
  });

  test('a challenge and its answer', async () => {
    await start(forms);
    const credentials = { loginId: 'Wentworth-Smith', password: 'whislter' };
    const { jobId } = await client.createConnection(userId, credentials, 'AU00002');
    const asked = await until(jobId, 'challenged');
    expect(asked).toMatchObject({ challenge: { method: 'security-questions' } });
    expect(asked.state === 'challenged' && asked.challenge.prompts).toHaveLength(2);
    await client.answerMfa(jobId, ['Basiq', 'AU00000']);
    await until(jobId, 'succeeded');
  });

  test('an outage is queued', async () => {
    await start(forms);
    const { jobId } = await client.createConnection(
      userId,
      { loginId: 'jared', password: 'django' },
      'AU90002',
    );
    const { outage } = { outage: null, ...(await until(jobId, 'queued')) };
    expect(outage).toMatchObject({ code: 'temporary-unavailable-queued' });
    await control('/clock/advance', { ms: 8 * 24 * 3_600_000 });
    await expect(look(jobId)).resolves.toMatchObject({
      state: 'failed',
      failure: { step: 'verify-credentials', code: 'temporary-unavailable' },
    });
  });
});

test('a job that fails names step, code and text', async () => {
  await start();
  const { jobId } = await client.createConnection(
    userId,
    { loginId: 'bighead', password: 'password' },
    'AU00000',
  );
  await expect(until(jobId, 'failed')).resolves.toMatchObject({
    failure: { step: 'verify-credentials', code: 'invalid-credentials', detail: 'Account is locked' },
  });
});

test('institutions', async () => {
  await start();
  const institutions = await client.listInstitutions();
  expect(institutions.map(({ id }) => id)).toEqual(expect.arrayContaining(['AU00000', 'AU00002', 'AU90002']));
  await expect(client.getInstitution('AU90002')).resolves.toMatchObject({ status: 'major-outage' });
});

test('tokens that expire in mid-attempt', async () => {
  await start();
  const { jobId } = await client.createConnection(
    userId,
    { loginId: 'jared', password: 'django' },
    'AU00002',
  );
  await until(jobId, 'challenged');
  expect(tokenCalls).toBe(1);
  await control('/tokens/expire', {});
  await look(jobId);
  await client.answerMfa(jobId, ['1234']);
  await control('/tokens/expire', {});
  await until(jobId, 'succeeded');
  // SERVER at first, again after each expiry, and CLIENT for the answer
  expect(tokenCalls).toBe(4);
});

test('a wrong key', async () => {
  await start();
  const limits = { maxCallsPerSecond: 200, timeoutMs: 5000 };
  const stranger = new BasiqClient({ apiUrl: sandbox.url, apiKey: 'd3Jvbmc=', ...limits });
  await expect(stranger.getUser(userId)).rejects.toMatchObject({
    code: 'api-key-refused',
    outcome: 'refused',
  });
});

const connections = 'POST /users/:userId/connections';
test.each([
  [
    { kind: 'status', status: 429, retryAfterSeconds: 3 },
    { outcome: 'refused', status: 429, retryAfterMs: 3000 },
    0,
  ],
  [{ kind: 'status', status: 503 }, { outcome: 'unknown', status: 503, retryAfterMs: 300_000 }, 0],
  [{ kind: 'reset-before' }, { outcome: 'unknown', code: 'network-error' }, 0],
  [{ kind: 'reset-after' }, { outcome: 'unknown', code: 'network-error' }, 1],
  [{ kind: 'malformed' }, { outcome: 'unknown', code: 'malformed-response' }, 1],
  [{ kind: 'wrong-content-type' }, { outcome: 'unknown', code: 'malformed-response' }, 1],
  [{ kind: 'redirect', location: 'https://evil.example/' }, { code: 'redirect-refused' }, 0],
])('a create that meets %p', async (fault, expected, jobsMade) => {
  await start();
  await control('/faults', { route: connections, fault });
  const error: unknown = await client
    .createConnection(userId, { loginId: 'jared', password: 'django' }, 'AU00000')
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(BasiqError);
  expect(error).toMatchObject(expected);
  expect((await client.listUserJobs(userId)).body).toHaveLength(jobsMade);
});
