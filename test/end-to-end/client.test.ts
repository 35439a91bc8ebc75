import {
  AttemptAbortedError,
  AttemptCancelledError,
  AttemptFailedError,
  AttemptInProgressError,
  AttemptNotFoundError,
  InvalidRequestError,
  MfaAnswerRefusedError,
  type AttemptFilter,
  type AttemptInput,
  type AttemptProgress,
  type ListedAttempt,
} from '../../src/client';
import { AttemptWorld, eventually, type Stage } from './attempt-world';
import { linking, PEOPLE } from './linking';

let world: AttemptWorld;
let stage: Stage;
beforeAll(async () => {
  world = await AttemptWorld.start();
  stage = await world.stage();
  await stage.startWorker();
}, 120_000);
afterAll(() => world.stop(), 60_000);

/** A person with a connection, and its id. */
async function connected(institutionId: string): Promise<{ userId: string; connectionId: string }> {
  const userId = await stage.newUser();
  const { workflowId } = await stage.client.start(linking(userId, institutionId));
  if (institutionId === 'AU00002') {
    await stage.untilPhase(workflowId, 'awaiting-mfa');
    await stage.client.submitMfaAnswer(workflowId, { response: ['1234'] });
  }
  const { connectionId } = await stage.client.result(workflowId);
  return { userId, connectionId: connectionId ?? '' };
}

/** An attempt that waits for the person's code. */
async function challenged(more: Parameters<typeof linking>[2] = {}) {
  const userId = await stage.newUser();
  const { workflowId } = await stage.client.start(linking(userId, 'AU00002', more));
  const progress = await stage.untilPhase(workflowId, 'awaiting-mfa');
  return { userId, workflowId, jobId: progress.jobId!, challenge: progress.challenge! };
}

async function listedAttempts(filter: AttemptFilter): Promise<ListedAttempt[]> {
  const found: ListedAttempt[] = [];
  for await (const attempt of stage.client.list(filter)) found.push(attempt);
  return found;
}

async function listed(filter: AttemptFilter): Promise<string[]> {
  return (await listedAttempts(filter)).map(({ workflowId }) => workflowId);
}

async function eventCount(workflowId: string): Promise<number> {
  return (await world.temporal.workflow.getHandle(workflowId).fetchHistory()).events?.length ?? 0;
}

async function failureOf(workflowId: string): Promise<AttemptFailedError> {
  const error: unknown = await stage.client.result(workflowId).catch((thrown: unknown) => thrown);
  if (!(error instanceof AttemptFailedError)) throw new Error(`not a failed attempt: ${String(error)}`);
  return error;
}

describe('start', () => {
  test('twice at once: one starts, the other joins it', async () => {
    const userId = await stage.newUser();
    const both = await Promise.all([1, 2].map(() => stage.client.start(linking(userId, 'AU00002'))));
    expect(both.map(({ joined }) => joined).sort()).toEqual([false, true]);
    expect(both[0]!.runId).toBe(both[1]!.runId);
    await stage.untilPhase(both[0]!.workflowId, 'awaiting-mfa');
    expect(await stage.admin.jobsOf(userId)).toHaveLength(1);
  });

  test('while one runs: joins it, and the first credentials count', async () => {
    const { userId, workflowId } = await challenged({ credentials: PEOPLE.jared });
    const second = await stage.client.start(linking(userId, 'AU00002', { credentials: PEOPLE.gilfoyle }));
    expect(second).toMatchObject({ workflowId, joined: true });
    expect((await stage.client.status(workflowId)).challenge?.prompts).toEqual(['OTP Password']);
    await stage.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    expect(await stage.client.result({ workflowId, runId: second.runId })).toMatchObject({
      steps: [{ status: 'success' }, { status: 'success' }, { status: 'success' }, { status: 'success' }],
    });
  });

  test('of another kind for the same connection: refused, naming what holds it', async () => {
    const { userId, connectionId } = await connected('AU00002');
    const refresh: AttemptInput = { userId, operation: { kind: 'refresh', connectionId } };
    const update: AttemptInput = {
      userId,
      operation: { kind: 'update', connectionId, credentials: { password: PEOPLE.jared.password } },
    };
    const { workflowId } = await stage.client.start(refresh);
    const error: unknown = await stage.client.start(update).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AttemptInProgressError);
    expect(error).toMatchObject({ code: 'attempt-in-progress', workflowId, holder: 'refresh' });

    await stage.client.cancel(workflowId);
    await expect(stage.client.result(workflowId)).rejects.toBeInstanceOf(AttemptCancelledError);
    expect(await stage.client.start(update)).toMatchObject({ workflowId, joined: false });
  });

  test('for a bank that the person has linked: fails, naming the connection; unless it is to be additional', async () => {
    const { userId, connectionId } = await connected('AU00000');
    const { workflowId } = await stage.client.start(linking(userId, 'AU00000'));
    const { code, failure } = await failureOf(workflowId);
    expect(code).toBe('connection-exists');
    expect(failure).toMatchObject({
      connectionId,
      actor: 'team',
      related: [{ kind: 'connection', id: connectionId }],
    });

    const more = await stage.client.start(
      linking(userId, 'AU00000', { additional: true, reference: 'second' }),
    );
    expect(more.workflowId).toBe(`connection:${userId}:AU00000:second`);
    const second = await stage.client.result(more.workflowId);
    expect(second.connectionId).not.toBe(connectionId);
  });

  test('refuses what is no request, naming each field and no value', async () => {
    const bad = linking('not an id', 'AU00000', { reference: 'no spaces please' });
    const error: unknown = await stage.client.start(bad).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InvalidRequestError);
    const { problems } = error as InvalidRequestError;
    expect(problems).toContain('userId: ');
    expect(problems).toContain('operation.reference: ');
    expect(problems).not.toMatch(/not an id|no spaces please/);
  });
});

describe('one job has one attempt', () => {
  test('adopting a job that a create watches fails, naming the create', async () => {
    const { userId, workflowId, jobId } = await challenged();
    await eventually(async () => (await listed({ jobId, running: true })).includes(workflowId));
    const adopting = await stage.client.start({ userId, operation: { kind: 'adopt', jobId } });
    expect(adopting).toEqual({ workflowId: `job:${jobId}`, runId: adopting.runId, joined: false });
    const { failure } = await failureOf(adopting.workflowId);
    expect(failure).toMatchObject({
      code: 'already-watched',
      jobId,
      related: [{ kind: 'attempt', id: workflowId }],
    });
  });

  test('so does a create under another reference that Basiq answers with the job under way', async () => {
    const { userId, workflowId, jobId } = await challenged();
    await eventually(async () => (await listed({ jobId, running: true })).includes(workflowId));
    const other = await stage.client.start(
      linking(userId, 'AU00002', { reference: 'other', additional: true }),
    );
    const { failure } = await failureOf(other.workflowId);
    expect(failure).toMatchObject({
      code: 'already-watched',
      jobId,
      related: [{ kind: 'attempt', id: workflowId }],
    });
    expect(await stage.admin.jobsOf(userId)).toHaveLength(1);
  });

  test('adopting a job that nobody watches follows it, with its challenge', async () => {
    const { userId, workflowId, jobId } = await challenged();
    await stage.client.cancel(workflowId);
    await eventually(async () => (await listed({ jobId, running: true })).length === 0);
    const adopting = await stage.client.start({ userId, operation: { kind: 'adopt', jobId } });
    const { challenge, institutionId } = await stage.untilPhase(adopting.workflowId, 'awaiting-mfa');
    expect({ institutionId, prompts: challenge!.prompts }).toEqual({
      institutionId: 'AU00002',
      prompts: ['OTP Password'],
    });
    await stage.client.submitMfaAnswer(adopting.workflowId, { response: ['1234'] });
    expect(await stage.client.result(adopting.workflowId)).toMatchObject({ jobId });
  });
});

describe('list', () => {
  test('finds attempts by each search attribute, running or ended', async () => {
    const { userId, workflowId, jobId } = await challenged();
    const elsewhere = await connected('AU00000');
    const ended = `connection:${elsewhere.userId}:AU00000`;
    await eventually(async () => (await listed({ jobId })).length === 1);
    await eventually(async () => (await listed({ connectionId: elsewhere.connectionId })).length === 1);

    expect(await listed({ userId })).toEqual([workflowId]);
    expect(await listed({ jobId, institutionId: 'AU00002' })).toEqual([workflowId]);
    expect(await listed({ userId, phase: 'awaiting-mfa' })).toEqual([workflowId]);
    expect(await listed({ userId, waitingOn: 'user' })).toEqual([workflowId]);
    expect(await listed({ userId, waitingOn: 'bank' })).toEqual([]);
    expect(await listed({ userId, running: true })).toEqual([workflowId]);
    expect(await listed({ userId, running: false })).toEqual([]);
    expect(await listed({ connectionId: elsewhere.connectionId, phase: 'succeeded' })).toEqual([ended]);
    expect(await listed({ institutionId: 'AU00000', userId })).toEqual([]);
    expect(await listed({ institutionId: 'AU00000', userId: elsewhere.userId })).toEqual([ended]);
    expect(await listed({})).toEqual(expect.arrayContaining([workflowId, ended]));

    const [attempt] = await listedAttempts({ connectionId: elsewhere.connectionId });
    expect(attempt).toMatchObject({
      running: false,
      phase: 'succeeded',
      waitingOn: 'nobody',
      userId: elsewhere.userId,
      institutionId: 'AU00000',
    });
    expect(attempt!.endedAt!.getTime()).toBeGreaterThanOrEqual(attempt!.startedAt.getTime());
  });

  test('takes no value that could change the query', async () => {
    await expect(listed({ userId: 'x" OR UserId != "' })).rejects.toBeInstanceOf(InvalidRequestError);
  });
});

describe('cancel', () => {
  test('of an attempt that has ended changes nothing', async () => {
    const { userId, connectionId } = await connected('AU00000');
    const workflowId = `connection:${userId}:AU00000`;
    await stage.client.cancel(workflowId);
    expect(await stage.client.result(workflowId)).toMatchObject({ connectionId });
    expect((await stage.client.status(workflowId)).phase).toBe('succeeded');
  });

  test('ends the watching with the job id; the job goes on at Basiq', async () => {
    const { userId, workflowId, jobId } = await challenged();
    await stage.client.cancel(workflowId);
    const error: unknown = await stage.client.result(workflowId).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AttemptCancelledError);
    expect(error).toMatchObject({ workflowId, jobId });
    expect(await stage.client.status(workflowId)).toMatchObject({ phase: 'cancelled', waitingOn: 'nobody' });
    expect(await stage.admin.jobsOf(userId)).toMatchObject([{ jobId, state: 'challenged' }]);
    await expect(stage.client.confirm(workflowId)).rejects.toBeInstanceOf(AttemptNotFoundError);
  });
});

describe('an attempt that is ended from outside', () => {
  test('by termination: the result says so, and the watching ends', async () => {
    const { workflowId, jobId } = await challenged();
    const watched: AttemptProgress[] = [];
    const watching = (async () => {
      for await (const progress of stage.client.watch(workflowId)) watched.push(progress);
    })();
    const result = stage.client.result(workflowId).catch((thrown: unknown) => thrown);
    await eventually(() => Promise.resolve(watched.length > 0));
    await world.temporal.workflow.getHandle(workflowId).terminate('by a test');

    const error = await result;
    expect(error).toBeInstanceOf(AttemptAbortedError);
    expect(error).toMatchObject({ workflowId, how: 'terminated', jobId });
    await watching;
    // It could not say so itself: its phase is the one it was in.
    expect(watched.at(-1)).toMatchObject({ execution: 'terminated', phase: 'awaiting-mfa' });
  });

  test('by a time limit of who started it, with no worker there', async () => {
    const userId = await stage.newUser();
    const workflowId = `connection:${userId}:AU00000`;
    await world.temporal.workflow.start('connectionAttempt', {
      workflowId,
      taskQueue: 'nobody-serves-it',
      args: [linking(userId, 'AU00000')],
      workflowExecutionTimeout: '1s',
    });
    const error: unknown = await stage.client.result(workflowId).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AttemptAbortedError);
    expect(error).toMatchObject({ workflowId, how: 'timed-out', jobId: null });
  });

  test('goes on when only its watching is given up', async () => {
    const { workflowId } = await challenged();
    const enough = new AbortController();
    const watching = (async () => {
      for await (const { phase } of stage.client.watch(workflowId, { signal: enough.signal })) {
        if (phase === 'awaiting-mfa') enough.abort(new Error('enough'));
      }
    })();
    await expect(watching).rejects.toMatchObject({ name: 'AbortError', cause: { message: 'enough' } });
    expect(await stage.client.status(workflowId)).toMatchObject({ execution: 'running' });
  });
});

test('an attempt that never was is not found', async () => {
  const { client } = stage;
  const calls = [
    client.status('connection:nobody:AU00000'),
    client.result('connection:nobody:AU00000'),
    client.cancel('connection:nobody:AU00000'),
    client.checkNow('connection:nobody:AU00000'),
    client.confirm('connection:nobody:AU00000'),
    client.submitMfaAnswer('connection:nobody:AU00000', { response: ['1'] }),
  ];
  await Promise.all(calls.map((call) => expect(call).rejects.toBeInstanceOf(AttemptNotFoundError)));
});

describe('an MFA answer', () => {
  async function reasonOf(call: Promise<unknown>): Promise<string> {
    const error: unknown = await call.catch((thrown: unknown) => thrown);
    if (!(error instanceof MfaAnswerRefusedError)) throw new Error(`not refused: ${String(error)}`);
    return error.reason;
  }

  test('that cannot be taken is refused, and leaves nothing in the history', async () => {
    const { workflowId, challenge } = await challenged();
    const answer = (response: string[], challengeId?: string) =>
      stage.client.submitMfaAnswer(workflowId, {
        response,
        ...(challengeId === undefined ? {} : { challengeId }),
      });
    // The query before each update is no event; the workflow's tasks before the first one are settled.
    const before = await eventCount(workflowId);
    expect(await reasonOf(answer(['1234'], `${challenge.challengeId}0`))).toBe('stale-challenge');
    expect(await reasonOf(answer(['1234', '5678']))).toBe('wrong-number-of-answers');
    expect(await reasonOf(answer([]))).toBe('wrong-number-of-answers');
    expect(await reasonOf(answer(Array.from({ length: 21 }, () => '1')))).toBe('malformed-answer');
    // Sent, it would be above Temporal's limit, and Temporal would end the attempt.
    expect(await reasonOf(answer(['1'.repeat(3_000_000)]))).toBe('malformed-answer');
    expect(await reasonOf(stage.client.confirm(workflowId))).toBe('plain-answer-refused');
    expect(await eventCount(workflowId)).toBe(before);
    expect(await answer(['1234'], challenge.challengeId)).toEqual({
      outcome: 'accepted',
      nextChallenge: null,
    });
  });

  test('while another is on its way is refused; Basiq gets one', async () => {
    const { userId, workflowId } = await challenged();
    await stage.admin.fault({
      route: 'POST /jobs/:jobId/mfa',
      count: 1,
      fault: { kind: 'delay', ms: 3_000 },
    });
    // A watch that looks in this moment must not end it before it is seen.
    await stage.admin.setBank('AU00002', { mfaSettleMs: 3_000 });
    const first = stage.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    await stage.untilPhase(workflowId, 'confirming-mfa');
    expect(await reasonOf(stage.client.submitMfaAnswer(workflowId, { response: ['1234'] }))).toBe(
      'already-answered',
    );
    expect(await first).toMatchObject({ outcome: 'accepted' });
    await stage.client.result(workflowId);
    await stage.admin.setBank('AU00002', { mfaSettleMs: null });
    expect((await stage.admin.jobsOf(userId))[0]!.mfaAnswers).toHaveLength(1);
  });

  test('that ends the attempt is told so, although the workflow ends in the same moment', async () => {
    await stage.admin.setBank('AU90004', { wrongAnswer: 'failed-step' });
    const userId = await stage.newUser();
    const { workflowId } = await stage.client.start(linking(userId, 'AU90004'));
    await stage.untilPhase(workflowId, 'awaiting-mfa');
    expect(await stage.client.submitMfaAnswer(workflowId, { response: ['wrong'] })).toMatchObject({
      outcome: 'ended',
      phase: 'failed',
      failure: { code: 'invalid-credentials', step: 'mfa-challenge' },
    });
  });

  test('of an attempt that is cancelled while the bank checks it is told so', async () => {
    await stage.admin.setBank('AU90004', { wrongAnswer: 'still-in-progress' });
    const userId = await stage.newUser();
    const { workflowId } = await stage.client.start(linking(userId, 'AU90004'));
    await stage.untilPhase(workflowId, 'awaiting-mfa');
    const verdict = stage.client.submitMfaAnswer(workflowId, { response: ['wrong'] });
    await stage.untilPhase(workflowId, 'confirming-mfa');
    await stage.client.cancel(workflowId);
    expect(await verdict).toEqual({ outcome: 'ended', phase: 'cancelled', failure: null });
  });

  test('before any challenge is refused', async () => {
    const userId = await stage.newUser();
    const { workflowId } = await stage.client.start(linking(userId, 'AU90002'));
    await stage.untilPhase(workflowId, 'queued');
    expect(await reasonOf(stage.client.submitMfaAnswer(workflowId, { response: ['1234'] }))).toBe(
      'no-open-challenge',
    );
    await stage.client.cancel(workflowId);
  });

  test.each(['AU90005', 'AU90006'])('to the approval of %s is a word', async (institutionId) => {
    const userId = await stage.newUser();
    const { workflowId } = await stage.client.start(linking(userId, institutionId));
    const { challenge } = await stage.untilPhase(workflowId, 'awaiting-mfa');
    expect(challenge).toMatchObject({ kind: 'approve', plainAnswersAllowed: false });
    expect(await stage.client.confirm(workflowId, challenge!.challengeId)).toMatchObject({
      outcome: 'accepted',
    });
    await stage.client.result(workflowId);
  });
});

test('checkNow looks at a queued job at once, not two hours later', async () => {
  const userId = await stage.newUser();
  const { workflowId } = await stage.client.start(linking(userId, 'AU90002'));
  const { looks } = await stage.until(
    workflowId,
    // Before its first look a watch is due at once.
    (progress) => progress.looks?.nextAt != null && progress.looks.made >= 1,
  );
  expect(Date.parse(looks!.nextAt!) - Date.now()).toBeGreaterThan(100 * 60_000);

  await stage.admin.setBank('AU90002', { status: 'operational' });
  await stage.admin.advanceClock(2 * 3_600_000 + 60_000);
  await stage.client.checkNow(workflowId);
  expect(await stage.client.result(workflowId)).toMatchObject({ steps: [{ status: 'success' }, {}, {}] });
  await stage.admin.setBank('AU90002', { status: 'major-outage' });
});
