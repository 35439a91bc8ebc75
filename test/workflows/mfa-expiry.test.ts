import { setTimeout as delay } from 'node:timers/promises';
import { MFA_ANSWER_SIGNAL } from '../../src/contract/names';
import { create, PEOPLE, TimeSkippingWorld } from './time-skipping-world';

/*
 * While a challenge is open the job is watched, and the server's clock does not skip while an activity runs. So these
 * challenges are short: Basiq's examples have seconds in `expiryMs`, and 1 is read as one second.
 */
const ONE_SECOND = { mfaExpiryMs: 1 };

let world: TimeSkippingWorld;
beforeAll(async () => (world = await TimeSkippingWorld.start()), 120_000);
afterEach(() => world.tidy());
afterAll(() => world.stop());

async function asked(policy: { mfaGraceMs: number }) {
  const userId = await world.newUser();
  const workflowId = await world.start(create(userId, 'AU00002', PEOPLE.jared, { policy }));
  const challenge = await world.asked(workflowId);
  const { jobId } = await world.jobOf(userId);
  return { userId, workflowId, challenge, jobId };
}

async function pass(deadlineAt: string): Promise<void> {
  const leftMs = Date.parse(deadlineAt) - (await world.env.currentTimeMs());
  await new Promise((resolve) => setTimeout(resolve, leftMs + 100));
}

test('a challenge that stays open ends mfa-expired after its deadline and a grace', async () => {
  await world.bank('AU00002', { ...ONE_SECOND, mfaExpiry: 'stays' });
  const { workflowId, challenge, jobId } = await asked({ mfaGraceMs: 1_500 });
  const failure = await world.failure(workflowId);
  expect(failure).toMatchObject({
    code: 'mfa-expired',
    step: 'mfa-challenge',
    jobId,
    actor: 'person',
    tryAgain: 'after-action',
  });
  const endedAtMs = await world.env.currentTimeMs();
  expect(endedAtMs).toBeGreaterThanOrEqual(Date.parse(challenge.deadlineAt) + 1_500);
  expect(await world.admin.count('POST', `/jobs/${jobId}/mfa`)).toBe(0);
});

test("a challenge that Basiq times out ends with Basiq's code", async () => {
  await world.bank('AU00002', { ...ONE_SECOND, mfaExpiry: 'job-timed-out' });
  const { workflowId } = await asked({ mfaGraceMs: 600_000 });
  await world.admin.advanceClock(62_000);
  expect(await world.failure(workflowId)).toMatchObject({
    code: 'job-timed-out',
    step: 'mfa-challenge',
    remedy: expect.stringContaining('while the person is present') as string,
  });
});

test('an answer after the deadline is refused, by update and by signal', async () => {
  await world.bank('AU00002', { ...ONE_SECOND, mfaExpiry: 'stays' });
  const { workflowId, challenge, jobId } = await asked({ mfaGraceMs: 600_000 });
  await pass(challenge.deadlineAt);
  await expect(world.client.submitMfaAnswer(workflowId, { response: ['1234'] })).rejects.toMatchObject({
    reason: 'deadline-passed',
  });
  await world.env.client.workflow.getHandle(workflowId).signal(MFA_ANSWER_SIGNAL, ['1234']);
  const { lastIgnoredAnswer } = await world.until(
    workflowId,
    ({ lastIgnoredAnswer: ignored }) => ignored !== null,
  );
  expect(lastIgnoredAnswer?.reason).toBe('deadline-passed');
  expect(await world.admin.count('POST', `/jobs/${jobId}/mfa`)).toBe(0);
});

test('after the deadline the job decides: what passes at the bank within the grace succeeds', async () => {
  await world.bank('AU00002', { ...ONE_SECOND, mfaExpiry: 'stays' });
  const { workflowId, challenge, jobId } = await asked({ mfaGraceMs: 600_000 });
  await pass(challenge.deadlineAt);
  await world.basiq.answerMfa(jobId, ['1234']);
  expect(await world.client.result(workflowId)).toMatchObject({ jobId });
});

test('past the deadline, a Basiq that refuses to say how the job stands is not asked in a loop', async () => {
  await world.bank('AU00002', { ...ONE_SECOND, mfaExpiry: 'stays' });
  const { workflowId, challenge, jobId } = await asked({ mfaGraceMs: 0 });
  const refusal = { kind: 'status', status: 403, code: 'forbidden-access' } as const;
  await world.admin.fault({ route: 'GET /jobs/:jobId', count: 10_000, fault: refusal });
  await pass(challenge.deadlineAt);
  // The watch meanwhile asks every few seconds; once it has asked twice more, a loop would have made dozens of looks.
  while ((await watchesAndLooks(jobId, workflowId)).watched < 3) await delay(100);
  const { looked } = await watchesAndLooks(jobId, workflowId);
  expect(looked).toBeGreaterThanOrEqual(1);
  expect(looked).toBeLessThanOrEqual(3);
});

/** Calls of the watch since Basiq refuses, and looks beside it. */
async function watchesAndLooks(jobId: string, workflowId: string) {
  const refused = (await world.admin.requests('GET /jobs/:jobId')).filter(
    ({ path }) => path === `/jobs/${jobId}`,
  );
  const { events } = await world.env.client.workflow.getHandle(workflowId).fetchHistory();
  const looked = (events ?? []).filter(
    ({ activityTaskScheduledEventAttributes: scheduled }) => scheduled?.activityType?.name === 'lookAtJob',
  ).length;
  return { looked, watched: refused.filter(({ status }) => status === 403).length - looked };
}
