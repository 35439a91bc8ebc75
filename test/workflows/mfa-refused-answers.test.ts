import { seal } from '../../src/client';
import { MFA_ANSWER_SIGNAL, SUBMIT_MFA_ANSWER_UPDATE } from '../../src/contract/names';
import { newKeyPair } from '../../src/secrets/key-set';
import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

const SECRET = 'ninety-nine-red-balloons';

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

async function asked() {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU00002', PEOPLE.jared));
  const { challengeId } = await world.asked(workflowId);
  const { jobId } = await world.jobOf(userId);
  const handle = world.env.client.workflow.getHandle(workflowId);
  const posts = () => world.admin.count('POST', `/jobs/${jobId}/mfa`);
  return { userId, workflowId, challengeId, jobId, handle, posts };
}
type Asked = Awaited<ReturnType<typeof asked>>;

/** After whatever was refused, the right answer still does it. */
async function stillOpen({ workflowId, posts, challengeId }: Asked): Promise<void> {
  expect((await world.client.status(workflowId)).challenge?.challengeId).toBe(challengeId);
  expect(await posts()).toBe(0);
  await world.client.submitMfaAnswer(workflowId, { response: ['1234'], challengeId });
  await world.client.result(workflowId);
  expect(await posts()).toBe(1);
}

const malformed: [name: string, payload: unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['a bare string', SECRET],
  ['a number', 1234],
  ['numbers for answers', [1234]],
  ['an object without response', { answer: SECRET }],
  ['an unknown field', { response: [SECRET], [SECRET]: SECRET }],
  ['a challengeId that is no string', { response: [SECRET], challengeId: 7 }],
  ['something sealed that is no JWE', { response: [{ sealed: SECRET }] }],
  ['too many answers', { response: Array.from({ length: 21 }, () => SECRET) }],
  ['an answer that is too long', { response: [SECRET.repeat(100)] }],
];

describe('a malformed answer', () => {
  test('is refused as an update, naming the fix and never the value', async () => {
    const attempt = await asked();
    for (const [name, payload] of malformed) {
      const thrown: unknown = await attempt.handle
        .executeUpdate(SUBMIT_MFA_ANSWER_UPDATE, { args: [payload] })
        .then(() => null)
        .catch((error: unknown) => error);
      expect([name, thrown]).toMatchObject([name, { cause: { type: 'malformed-answer' } }]);
      expect(JSON.stringify([thrown, String(thrown)])).not.toContain(SECRET);
    }
    await stillOpen(attempt);
  });

  test('is ignored as a signal, and the status says why without the value', async () => {
    const attempt = await asked();
    for (const [, payload] of malformed) await attempt.handle.signal(MFA_ANSWER_SIGNAL, payload);
    const { lastIgnoredAnswer } = await world.until(
      attempt.workflowId,
      ({ lastIgnoredAnswer: ignored }) => ignored !== null,
    );
    expect(lastIgnoredAnswer).toMatchObject({ reason: 'malformed-answer' });
    expect(JSON.stringify(lastIgnoredAnswer)).not.toContain(SECRET);
    await stillOpen(attempt);
  });
});

describe('an answer that cannot be taken now', () => {
  test('wrong number of answers', async () => {
    const attempt = await asked();
    const { workflowId } = attempt;
    for (const response of [[], ['1234', '1234']]) {
      await expect(world.client.submitMfaAnswer(workflowId, { response })).rejects.toMatchObject({
        reason: 'wrong-number-of-answers',
        message: expect.stringContaining('must have 1 answer') as string,
      });
    }
    await stillOpen(attempt);
  });

  test('stale challengeId', async () => {
    const attempt = await asked();
    await expect(
      world.client.submitMfaAnswer(attempt.workflowId, {
        response: ['1234'],
        challengeId: `${attempt.jobId}:9:0000000000000000`,
      }),
    ).rejects.toMatchObject({ reason: 'stale-challenge' });
    await stillOpen(attempt);
  });

  test('confirmed to a question that is no approval', async () => {
    const attempt = await asked();
    await expect(world.client.confirm(attempt.workflowId)).rejects.toMatchObject({
      reason: 'plain-answer-refused',
    });
    await stillOpen(attempt);
  });

  test('plain text where it must be sealed', async () => {
    const attempt = await asked();
    const args: [unknown] = [{ response: [SECRET] }];
    await expect(attempt.handle.executeUpdate(SUBMIT_MFA_ANSWER_UPDATE, { args })).rejects.toMatchObject({
      cause: { type: 'plain-answer-refused' },
    });
    await attempt.handle.signal(MFA_ANSWER_SIGNAL, [SECRET]);
    const { lastIgnoredAnswer } = await world.until(
      attempt.workflowId,
      ({ lastIgnoredAnswer: ignored }) => ignored !== null,
    );
    expect(lastIgnoredAnswer?.reason).toBe('plain-answer-refused');
    expect(lastIgnoredAnswer?.message).not.toContain(SECRET);
    await stillOpen(attempt);
  });

  test('before any challenge, and after the end', async () => {
    const userId = await world.newUser();
    const workflowId = await world.start(create(userId, 'AU90008', PEOPLE.jared));
    await world.until(workflowId, ({ jobId }) => jobId !== null);
    await expect(world.client.submitMfaAnswer(workflowId, { response: ['1234'] })).rejects.toMatchObject({
      name: 'MfaAnswerRefusedError',
      reason: 'no-open-challenge',
    });
    await world.env.client.workflow.getHandle(workflowId).signal(MFA_ANSWER_SIGNAL, ['1234']);
    const { lastIgnoredAnswer } = await world.until(
      workflowId,
      ({ lastIgnoredAnswer: ignored }) => ignored !== null,
    );
    expect(lastIgnoredAnswer?.reason).toBe('no-open-challenge');

    const done = await asked();
    await stillOpen(done);
    await expect(world.client.submitMfaAnswer(done.workflowId, { response: ['1234'] })).rejects.toMatchObject(
      { name: 'AttemptNotFoundError', workflowId: done.workflowId },
    );
    await expect(world.client.confirm(done.workflowId)).rejects.toMatchObject({
      name: 'AttemptNotFoundError',
    });
    expect(await done.posts()).toBe(1);
  });
});

describe('a sealed answer that the worker cannot use never reaches the bank, and the challenge waits on', () => {
  const other = newKeyPair();
  const cases = [
    { name: 'sealed for another user', userId: 'somebody-else', institutionId: 'AU00002', own: true },
    { name: 'sealed for another institution', userId: null, institutionId: 'AU00000', own: true },
    {
      name: 'sealed with a key that the worker does not have',
      userId: null,
      institutionId: 'AU00002',
      own: false,
    },
  ];

  test.each(cases)('$name', async ({ userId, institutionId, own }) => {
    const attempt = await asked();
    const keys = own ? world.publicKeys : (await other).publicKeys;
    const binding = {
      purpose: 'mfa',
      userId: userId ?? attempt.userId,
      subject: { institutionId },
    } as const;
    const response = [await seal('1234', binding, keys)];
    const verdict: unknown = await attempt.handle.executeUpdate(SUBMIT_MFA_ANSWER_UPDATE, {
      args: [{ response }],
    });
    expect(verdict).toMatchObject({
      outcome: 'not-sent',
      challenge: { challengeId: attempt.challengeId },
    });
    const { lastIgnoredAnswer } = await world.client.status(attempt.workflowId);
    expect(lastIgnoredAnswer?.reason).toBe('unusable-answer');
    await stillOpen(attempt);
  });

  test('credentials for an answer, garbage, and something that is no text', async () => {
    const attempt = await asked();
    const { userId } = attempt;
    const subject = { institutionId: 'AU00002' };
    const sealed = [
      await seal('1234', { purpose: 'credentials', userId, subject }, world.publicKeys),
      { sealed: 'AAAA.BBBB.CCCC.DDDD.EEEE' },
      await seal({ answer: '1234' }, { purpose: 'mfa', userId, subject }, world.publicKeys),
    ];
    for (const answer of sealed) {
      const verdict: unknown = await attempt.handle.executeUpdate(SUBMIT_MFA_ANSWER_UPDATE, {
        args: [[answer]],
      });
      expect(verdict).toMatchObject({ outcome: 'not-sent' });
      expect(JSON.stringify(verdict)).not.toContain('1234');
    }
    await stillOpen(attempt);
  });
});
