import { setTimeout as delay } from 'node:timers/promises';
import { seal, type AttemptInput } from '../../src/client';
import { BasiqClient } from '../../src/basiq/basiq-client';
import { newKeyPair } from '../../src/secrets/key-set';
import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

const CREATE = 'POST /users/:userId/connections';
const SECRET = 'correct-horse-battery-staple';

/** What the world's sandbox begins with. */
const FOR_EVER_S = 200 * 365 * 24 * 3_600;

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

async function eventually(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(50);
}

async function postTimes(userId: string): Promise<number[]> {
  return (await world.admin.requests(CREATE))
    .filter(({ path }) => path.includes(userId))
    .map(({ at }) => Date.parse(at));
}

describe('a POST that Basiq did not take for now is made again, when Basiq said', () => {
  test.each([
    { name: '429 with a hint', fault: { retryAfterSeconds: 90 }, atLeastMs: 90_000 },
    { name: '429 without a hint', fault: {}, atLeastMs: 60_000 },
  ])('$name', async ({ fault, atLeastMs }) => {
    await world.admin.fault({ route: CREATE, fault: { kind: 'status', status: 429, ...fault } });
    const userId = await world.newUser();
    await world.client.result(await world.start(create(userId, 'AU00000')));
    const [first, second, ...more] = await postTimes(userId);
    expect(more).toEqual([]);
    expect((second ?? NaN) - (first ?? NaN)).toBeGreaterThanOrEqual(atLeastMs);
    expect((second ?? NaN) - (first ?? NaN)).toBeLessThan(atLeastMs + 30_000);
    expect(await world.admin.jobsOf(userId)).toHaveLength(1);
  });

  test('429 for longer than the policy allows ends too-many-requests', async () => {
    await world.admin.fault({ route: CREATE, count: 100, fault: { kind: 'status', status: 429 } });
    const userId = await world.newUser();
    const policy = { unreachableAfterMs: 300_000 };
    expect(
      await world.failure(await world.start(create(userId, 'AU00000', PEOPLE.gilfoyle, { policy }))),
    ).toMatchObject({ code: 'too-many-requests', jobId: null, tryAgain: 'later' });
    expect((await postTimes(userId)).length).toBeLessThanOrEqual(5);
    expect(await world.admin.jobsOf(userId)).toHaveLength(0);
  });
});

describe('a definite no ends the attempt with the code of Basiq, after one POST', () => {
  test.each([
    { status: 400, code: 'parameter-not-valid' },
    { status: 400, code: 'institution-disabled' },
    { status: 401, code: 'unauthorized-access' },
    { status: 403, code: 'no-production-access' },
    { status: 403, code: 'too-many-sandbox-connections' },
    { status: 404, code: 'resource-not-found' },
  ])('$status $code', async ({ status, code }) => {
    await world.admin.fault({ route: CREATE, fault: { kind: 'status', status, code } });
    const userId = await world.newUser();
    const failure = await world.failure(await world.start(create(userId, 'AU00000')));
    expect(failure).toMatchObject({ code, jobId: null, step: null });
    expect(failure.correlationId).toEqual(expect.any(String));
    expect(await postTimes(userId)).toHaveLength(1);
  });

  test('a user who is not at Basiq', async () => {
    const nobody = '00000000-0000-4000-8000-000000000000';
    expect(await world.failure(await world.start(create(nobody, 'AU00000')))).toMatchObject({
      code: 'resource-not-found',
      jobId: null,
    });
    expect(await postTimes(nobody)).toHaveLength(0);
  });

  test('an institution that is not at Basiq', async () => {
    const userId = await world.newUser();
    const failure = await world.failure(await world.start(create(userId, 'AU77777')));
    expect(failure.jobId).toBeNull();
    expect(['institution-not-found', 'resource-not-found', 'parameter-not-valid']).toContain(failure.code);
    expect(await world.admin.jobsOf(userId)).toHaveLength(0);
  });
});

describe('the life of tokens', () => {
  test('tokens that Basiq expires before the POST and before the reads are renewed', async () => {
    const userId = await world.newUser();
    await world.admin.expireTokens();
    const workflowId = await world.start(create(userId, 'AU00002', PEOPLE.jared));
    await world.asked(workflowId);
    await world.admin.expireTokens();
    await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    await world.client.result(workflowId);
    expect(await world.admin.jobsOf(userId)).toHaveLength(1);
  });

  test('tokens that have expired before they can be used end no attempt: it goes on when they last again', async () => {
    const userId = await world.newUser();
    await world.admin.settings({ tokenLifeSeconds: 0.000_001 });
    await world.admin.expireTokens();
    try {
      const workflowId = await world.start(create(userId, 'AU00000'));
      await eventually(async () => {
        const refused = (await world.admin.requests()).filter(
          ({ path, status }) => path === `/users/${userId}/connections` && status === 403,
        );
        // The second one came with the token that was fetched after the first.
        return refused.length >= 2;
      });
      await world.admin.settings({ tokenLifeSeconds: FOR_EVER_S });
      await world.client.result(workflowId);
    } finally {
      await world.admin.settings({ tokenLifeSeconds: FOR_EVER_S });
    }
    expect(await world.admin.jobsOf(userId)).toHaveLength(1);
  });
});

describe('input', () => {
  const good = () => create('a-user', 'AU00000');
  const bad: { name: string; input: unknown; field: string }[] = [
    { name: 'nothing', input: undefined, field: 'input' },
    { name: 'a string', input: SECRET, field: 'input' },
    { name: 'no operation', input: { userId: 'a' }, field: 'operation' },
    { name: 'an unknown kind', input: { userId: 'a', operation: { kind: SECRET } }, field: 'operation' },
    {
      name: 'no user',
      input: { operation: { kind: 'refresh', connectionId: 'c' } },
      field: 'userId',
    },
    {
      name: 'an id with a path in it',
      input: { userId: '../x', operation: { kind: 'refresh', connectionId: 'c' } },
      field: 'userId',
    },
    {
      name: 'no institution',
      input: { userId: 'a', operation: { kind: 'create', credentials: PEOPLE.jared } },
      field: 'operation.institutionId',
    },
    {
      name: 'credentials without a password',
      input: {
        userId: 'a',
        operation: { kind: 'create', institutionId: 'b', credentials: { loginId: SECRET } },
      },
      field: 'operation.credentials',
    },
    {
      name: 'a password that is a number',
      input: {
        userId: 'a',
        operation: { kind: 'update', connectionId: 'b', credentials: { password: 123456789 } },
      },
      field: 'operation.credentials',
    },
    {
      name: 'a loginId in an update',
      input: {
        userId: 'a',
        operation: { kind: 'update', connectionId: 'b', credentials: { loginId: SECRET, password: SECRET } },
      },
      field: 'operation.credentials',
    },
    { name: 'a secret as an unknown field', input: { ...good(), [SECRET]: 1 }, field: 'input' },
    {
      name: 'a policy out of its bounds',
      input: { ...good(), policy: { mfaSettleMs: 1 } },
      field: 'policy.mfaSettleMs',
    },
  ];

  test.each(bad)('$name ends invalid-input, naming $field', async ({ input, field }) => {
    const failure = await world.failure(await world.startRaw(input));
    expect(failure).toMatchObject({ code: 'invalid-input', actor: 'team', tryAgain: 'no' });
    expect(failure.detail).toContain(field);
    expect(JSON.stringify(failure)).not.toMatch(new RegExp(`${SECRET}|123456789`));
  });

  test('the client refuses the same before anything is sent', async () => {
    for (const { input, field } of bad) {
      // What a caller without types may pass.
      const passed: AttemptInput = JSON.parse(JSON.stringify(input ?? null)) as AttemptInput;
      await expect(world.client.start(passed)).rejects.toMatchObject({
        name: 'InvalidRequestError',
        message: expect.stringContaining(field) as string,
      });
    }
  });
});

describe('credentials', () => {
  test('in plain text are refused by a worker that does not take them, and nothing is sent', async () => {
    const userId = await world.newUser();
    const failure = await world.failure(
      await world.startRaw(create(userId, 'AU00000', { loginId: 'Gilfoyle', password: SECRET })),
    );
    expect(failure).toMatchObject({ code: 'plain-secret-refused' });
    expect(JSON.stringify(failure)).not.toContain(SECRET);
    expect(await postTimes(userId)).toHaveLength(0);
  });

  test.each(['another user', 'another institution', 'MFA', 'a key that the worker does not have'])(
    'sealed for %s cannot be used, and nothing is sent',
    async (sealedFor) => {
      const userId = await world.newUser();
      const binding = {
        purpose: sealedFor === 'MFA' ? 'mfa' : 'credentials',
        userId: sealedFor === 'another user' ? 'another' : userId,
        subject: { institutionId: sealedFor === 'another institution' ? 'AU00004' : 'AU00000' },
      } as const;
      const keys = sealedFor.startsWith('a key') ? (await newKeyPair()).publicKeys : world.publicKeys;
      const credentials = await seal(PEOPLE.gilfoyle, binding, keys);
      const failure = await world.failure(
        await world.start({ userId, operation: { kind: 'create', institutionId: 'AU00000', credentials } }),
      );
      expect(failure).toMatchObject({ code: 'sealed-secret-unreadable', actor: 'team' });
      expect(await postTimes(userId)).toHaveLength(0);
    },
  );

  test('sealed, but not of the right form, are named by field without a value', async () => {
    const userId = await world.newUser();
    const subject = { institutionId: 'AU00000' };
    const binding = { purpose: 'credentials', userId, subject } as const;
    const credentials = await seal({ loginId: SECRET, pasword: SECRET }, binding, world.publicKeys);
    const failure = await world.failure(
      await world.start({ userId, operation: { kind: 'create', institutionId: 'AU00000', credentials } }),
    );
    expect(failure.code).toBe('sealed-secret-unreadable');
    expect(JSON.stringify(failure)).not.toContain(SECRET);
    expect(await postTimes(userId)).toHaveLength(0);
  });
});

describe('a Basiq that cannot be reached', () => {
  const policy = { unreachableAfterMs: 60_000 };

  test('at the start: nothing was begun', async () => {
    const userId = await world.newUser();
    const nowhere = new BasiqClient({
      apiUrl: 'http://127.0.0.1:1',
      apiKey: 'a-key',
      maxCallsPerSecond: 1_000,
      timeoutMs: 1_000,
    });
    const { basiq } = world.settings;
    world.settings.basiq = nowhere;
    try {
      const workflowId = await world.start(create(userId, 'AU00000', PEOPLE.gilfoyle, { policy }));
      expect(await world.failure(workflowId)).toMatchObject({
        code: 'basiq-unreachable',
        jobId: null,
        tryAgain: 'later',
      });
    } finally {
      world.settings.basiq = basiq;
    }
  });

  test('while the job runs: the job is named, for it may go on', async () => {
    const userId = await world.newUser();
    await world.admin.fault({ route: 'GET /jobs/:jobId', count: 1_000, fault: { kind: 'reset-before' } });
    const workflowId = await world.start(
      create(userId, 'AU00000', PEOPLE.gilfoyle, { policy: { unreachableAfterMs: 2_000 } }),
    );
    const failure = await world.failure(workflowId);
    const { jobId } = await world.jobOf(userId);
    expect(failure).toMatchObject({ code: 'basiq-unreachable', jobId });
    expect(failure.remedy).toContain('adopt');
  });

  test('for a moment while the job runs: the attempt goes on', async () => {
    const userId = await world.newUser();
    await world.admin.fault({ route: 'GET /jobs/:jobId', count: 2, fault: { kind: 'reset-before' } });
    await world.admin.fault({ route: 'GET /jobs/:jobId', fault: { kind: 'malformed' } });
    await world.client.result(await world.start(create(userId, 'AU00000')));
  });
});

test('a job that does not move ends job-stalled', async () => {
  const userId = await world.newUser();
  const policy = { stalledAfterMs: 2_000 };
  const workflowId = await world.start(create(userId, 'AU90008', PEOPLE.gilfoyle, { policy }));
  const failure = await world.failure(workflowId);
  const { jobId } = await world.jobOf(userId);
  expect(failure).toMatchObject({ code: 'job-stalled', jobId, tryAgain: 'later' });
});
