import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

/** The challenge of an attempt that waits only a second for an answered challenge to pass. */
async function asked() {
  const userId = await world.newUser();
  const policy = { mfaSettleMs: 1_000 };
  const workflowId = await world.start(create(userId, 'AU00002', PEOPLE.jared, { policy }));
  const challenge = await world.asked(workflowId);
  const { jobId } = await world.jobOf(userId);
  const verdicts = async () => (await world.jobOf(userId)).mfaAnswers.map(({ verdict }) => verdict);
  const posts = () => world.admin.count('POST', `/jobs/${jobId}/mfa`);
  return { userId, workflowId, challenge, jobId, posts, verdicts };
}

describe('an answer that the bank refuses', () => {
  test.each(['http-400', 'still-in-progress'] as const)(
    'as %s: the person is asked again, as a new round, and the second answer does it',
    async (wrongAnswer) => {
      await world.bank('AU00002', { wrongAnswer });
      const { workflowId, challenge, posts, verdicts } = await asked();
      const verdict = await world.client.submitMfaAnswer(workflowId, { response: ['0000'] });
      expect(verdict).toMatchObject({
        outcome: 'rejected',
        reason: 'refused',
        challenge: { round: 2, prompts: challenge.prompts, method: challenge.method },
      });
      const again = await world.asked(workflowId, 2);
      expect(again.challengeId).not.toBe(challenge.challengeId);
      // A person who is asked again has a minute at least, and never less than the bank gave.
      expect(Date.parse(again.deadlineAt)).toBeGreaterThanOrEqual(Date.parse(challenge.deadlineAt));
      expect(await posts()).toBe(1);

      // Who still looks at the first question is told so.
      await expect(
        world.client.submitMfaAnswer(workflowId, {
          response: ['1234'],
          challengeId: challenge.challengeId,
        }),
      ).rejects.toMatchObject({ reason: 'stale-challenge' });
      expect(
        await world.client.submitMfaAnswer(workflowId, {
          response: ['1234'],
          challengeId: again.challengeId,
        }),
      ).toMatchObject({ outcome: 'accepted' });
      await world.client.result(workflowId);
      expect(await verdicts()).toEqual(['rejected', 'accepted']);
      expect(await posts()).toBe(2);
    },
  );

  test('as a failed step: the attempt ends, and the sender of the answer is told how', async () => {
    await world.bank('AU00002', { wrongAnswer: 'failed-step' });
    const { workflowId, posts } = await asked();
    const verdict = await world.client.submitMfaAnswer(workflowId, { response: ['0000'] });
    const failure = await world.failure(workflowId);
    expect(failure).toMatchObject({ code: 'invalid-credentials', step: 'mfa-challenge', actor: 'person' });
    expect(verdict).toEqual({ outcome: 'ended', phase: 'failed', failure });
    expect(await posts()).toBe(1);
  });

  test('three times: three rounds, three POSTs', async () => {
    const { workflowId, posts, verdicts } = await asked();
    for (const round of [1, 2, 3]) {
      const { challengeId } = await world.asked(workflowId, round);
      await world.client.submitMfaAnswer(workflowId, { response: ['0000'], challengeId });
    }
    await world.asked(workflowId, 4);
    await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    await world.client.result(workflowId);
    expect(await posts()).toBe(4);
    expect(await verdicts()).toEqual(['rejected', 'rejected', 'rejected', 'accepted']);
  });
});

describe('an answer whose fate is not known is never sent again by itself', () => {
  const ROUTE = 'POST /jobs/:jobId/mfa';

  test.each([
    { fault: { kind: 'reset-after' }, name: 'Basiq took it, its reply was lost' },
    { fault: { kind: 'malformed' }, name: 'Basiq took it, its reply was garbled' },
    { fault: { kind: 'delay', ms: 3_000 }, name: 'Basiq took it, its reply came after our timeout' },
  ] as const)('$name: the job shows it, and the attempt goes on', async ({ fault }) => {
    const { workflowId, posts, verdicts } = await asked();
    await world.admin.fault({ route: ROUTE, fault });
    expect(await world.client.submitMfaAnswer(workflowId, { response: ['1234'] })).toEqual({
      outcome: 'accepted',
      nextChallenge: null,
    });
    await world.client.result(workflowId);
    expect(await posts()).toBe(1);
    expect(await verdicts()).toEqual(['accepted']);
  });

  test.each([
    { fault: { kind: 'reset-before' }, name: 'it was lost' },
    { fault: { kind: 'status', status: 500 }, name: 'Basiq answered 500' },
    { fault: { kind: 'status', status: 503 }, name: 'Basiq answered 503' },
  ] as const)('$name: the person is asked again, as a new round', async ({ fault }) => {
    const { workflowId, challenge, posts, verdicts } = await asked();
    await world.admin.fault({ route: ROUTE, fault });
    expect(await world.client.submitMfaAnswer(workflowId, { response: ['1234'] })).toMatchObject({
      outcome: 'rejected',
      reason: 'unconfirmed',
      challenge: { round: 2 },
    });
    expect(await posts()).toBe(1);
    const again = await world.asked(workflowId, 2);
    expect(again.challengeId).not.toBe(challenge.challengeId);
    await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    await world.client.result(workflowId);
    expect(await posts()).toBe(2);
    expect(await verdicts()).toEqual(['accepted']);
  });

  test('too many requests: Basiq did not take it, and the same challenge waits on', async () => {
    const { workflowId, challenge, posts, verdicts } = await asked();
    await world.admin.fault({ route: ROUTE, fault: { kind: 'status', status: 429 } });
    expect(await world.client.submitMfaAnswer(workflowId, { response: ['1234'] })).toMatchObject({
      outcome: 'not-sent',
      challenge: { challengeId: challenge.challengeId, round: 1 },
    });
    expect((await world.client.status(workflowId)).lastIgnoredAnswer).toMatchObject({
      reason: 'answer-not-sent',
    });
    await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    await world.client.result(workflowId);
    expect(await posts()).toBe(2);
    expect(await verdicts()).toEqual(['accepted']);
  });

  test('an expired token is renewed: the answer that Basiq refused to read is not one that it had', async () => {
    const { workflowId, verdicts } = await asked();
    // Makes the client fetch its token for answers, so that it has one to expire.
    await world.client.submitMfaAnswer(workflowId, { response: ['0000'] });
    await world.asked(workflowId, 2);
    await world.admin.expireTokens();
    expect(await world.client.submitMfaAnswer(workflowId, { response: ['1234'] })).toMatchObject({
      outcome: 'accepted',
    });
    await world.client.result(workflowId);
    expect(await verdicts()).toEqual(['rejected', 'accepted']);
  });
});
