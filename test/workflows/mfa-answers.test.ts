import { MFA_ANSWER_SIGNAL } from '../../src/contract/names';
import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

async function asked(institutionId: string, who: { loginId: string; password: string } = PEOPLE.jared) {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, institutionId, who));
  const challenge = await world.asked(workflowId);
  const { jobId } = await world.jobOf(userId);
  const posts = () => world.admin.count('POST', `/jobs/${jobId}/mfa`);
  const handle = world.env.client.workflow.getHandle(workflowId);
  return { userId, workflowId, challenge, jobId, posts, handle };
}

describe('what the person is asked', () => {
  test('a code', async () => {
    const { workflowId, challenge, jobId } = await asked('AU00002');
    const { deadlineAt, ...rest } = challenge;
    expect(rest).toEqual({
      challengeId: expect.stringMatching(new RegExp(`^${jobId}:1:[0-9a-f]+$`)) as string,
      round: 1,
      kind: 'answer',
      method: 'token',
      description: 'Enter the one-time password that your bank sent you.',
      prompts: ['OTP Password'],
      plainAnswersAllowed: false,
    });
    const inMs = Date.parse(deadlineAt) - (await world.env.currentTimeMs());
    expect(inMs).toBeGreaterThan(100_000);
    expect(inMs).toBeLessThanOrEqual(120_000);
    expect(await world.client.status(workflowId)).toMatchObject({
      waitingOn: 'user',
      waitingUntil: deadlineAt,
    });
  });

  test('two security questions', async () => {
    const { workflowId, challenge } = await asked('AU00002', PEOPLE.whistler);
    expect(challenge).toMatchObject({ kind: 'answer', method: 'security-questions' });
    expect(challenge.prompts).toHaveLength(2);
    expect(await world.client.submitMfaAnswer(workflowId, { response: ['Basiq', 'AU00000'] })).toEqual({
      outcome: 'accepted',
      nextChallenge: null,
    });
  });

  test.each([
    { institutionId: 'AU90005', prompts: 0, why: 'has no prompts' },
    { institutionId: 'AU90006', prompts: 1, why: 'is of a bank on the configured list' },
  ])('an approval, when the challenge $why', async ({ institutionId, prompts }) => {
    const { challenge } = await asked(institutionId);
    expect(challenge.kind).toBe('approve');
    expect(challenge.prompts).toHaveLength(prompts);
  });
});

describe('one answer, one POST', () => {
  test('by the update', async () => {
    const { workflowId, challenge, posts, userId } = await asked('AU00002');
    const { challengeId } = challenge;
    expect(await world.client.submitMfaAnswer(workflowId, { response: ['1234'], challengeId })).toEqual({
      outcome: 'accepted',
      nextChallenge: null,
    });
    await world.client.result(workflowId);
    expect(await posts()).toBe(1);
    expect((await world.jobOf(userId)).mfaAnswers).toMatchObject([{ verdict: 'accepted' }]);
  });

  test.each(['AU90005', 'AU90006'])('by confirm at %s', async (institutionId) => {
    const { workflowId, challenge, posts } = await asked(institutionId);
    expect(await world.client.confirm(workflowId, challenge.challengeId)).toEqual({
      outcome: 'accepted',
      nextChallenge: null,
    });
    await world.client.result(workflowId);
    expect(await posts()).toBe(1);
  });

  test.each(['AU90005', 'AU90006'])("by the signal of Basiq's guide at %s", async (institutionId) => {
    const { workflowId, posts, handle } = await asked(institutionId);
    await handle.signal(MFA_ANSWER_SIGNAL, ['confirmed']);
    await world.client.result(workflowId);
    expect(await posts()).toBe(1);
    expect((await world.client.status(workflowId)).lastIgnoredAnswer).toBeNull();
  });

  test('of two updates at once', async () => {
    const { workflowId, posts } = await asked('AU00002');
    const results = await Promise.allSettled(
      [1, 2].map(() => world.client.submitMfaAnswer(workflowId, { response: ['1234'] })),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toMatchObject([
      { value: { outcome: 'accepted' } },
    ]);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    await world.client.result(workflowId);
    expect(await posts()).toBe(1);
  });

  test('of a signal and updates at once', async () => {
    const { workflowId, posts, handle, challenge } = await asked('AU90005');
    const { challengeId } = challenge;
    const results = await Promise.allSettled([
      handle.signal(MFA_ANSWER_SIGNAL, ['confirmed']),
      world.client.confirm(workflowId, challengeId),
      handle.signal(MFA_ANSWER_SIGNAL, { response: ['confirmed'], challengeId }),
      world.client.confirm(workflowId),
    ]);
    expect(results.filter((result) => result.status === 'fulfilled').length).toBeGreaterThanOrEqual(2);
    await world.client.result(workflowId);
    expect(await posts()).toBe(1);
  });

  test('of an answer that is repeated while the first is checked', async () => {
    await world.bank('AU00002', { mfaSettleMs: 4_000 });
    const { workflowId, posts } = await asked('AU00002');
    const first = world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    const confirming = await world.until(workflowId, ({ phase }) => phase === 'confirming-mfa');
    expect(confirming).toMatchObject({ waitingOn: 'bank', challenge: { round: 1 } });
    await expect(world.client.submitMfaAnswer(workflowId, { response: ['1234'] })).rejects.toMatchObject({
      name: 'MfaAnswerRefusedError',
      reason: 'already-answered',
    });
    // The challenge reads in-progress for some looks more; nobody is asked again.
    expect(await first).toEqual({ outcome: 'accepted', nextChallenge: null });
    await world.client.result(workflowId);
    expect(await posts()).toBe(1);
  });
});

describe('a second challenge', () => {
  test('comes as the verdict on the first answer', async () => {
    const { workflowId, posts, challenge } = await asked('AU90004');
    const verdict = await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    expect(verdict).toMatchObject({
      outcome: 'accepted',
      nextChallenge: { round: 2, prompts: ['Second code'] },
    });
    const second = await world.asked(workflowId, 2);
    expect(second.challengeId).not.toBe(challenge.challengeId);
    expect(verdict).toMatchObject({ nextChallenge: second });
    await world.client.submitMfaAnswer(workflowId, { response: ['5678'], challengeId: second.challengeId });
    await world.client.result(workflowId);
    expect(await posts()).toBe(2);
  });

  test('is not answered by a late answer to the first', async () => {
    const { workflowId, posts, challenge, handle } = await asked('AU90004');
    await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    const second = await world.asked(workflowId, 2);
    const late = { response: ['5678'], challengeId: challenge.challengeId };
    await expect(world.client.submitMfaAnswer(workflowId, late)).rejects.toMatchObject({
      reason: 'stale-challenge',
      message: expect.stringContaining(second.challengeId) as string,
    });
    await handle.signal(MFA_ANSWER_SIGNAL, late);
    const { lastIgnoredAnswer } = await world.until(
      workflowId,
      ({ lastIgnoredAnswer: ignored }) => ignored !== null,
    );
    expect(lastIgnoredAnswer?.reason).toBe('stale-challenge');
    expect(await posts()).toBe(1);
    await world.client.submitMfaAnswer(workflowId, { response: ['5678'] });
    await world.client.result(workflowId);
    expect(await posts()).toBe(2);
  });
});

test('a challenge that is answered elsewhere is noticed, and the attempt goes on', async () => {
  const { workflowId, jobId } = await asked('AU00002');
  await world.basiq.answerMfa(jobId, ['1234']);
  expect(await world.client.result(workflowId)).toMatchObject({ jobId });
});
