import type { RunningChild } from '../../tools/child-process';
import { AttemptWorld, eventually, type Stage } from './attempt-world';
import { linking } from './linking';

let world: AttemptWorld;
beforeAll(async () => {
  world = await AttemptWorld.start();
}, 120_000);
afterAll(() => world.stop(), 60_000);

const CREATE = 'POST /users/:userId/connections';
const ANSWER = 'POST /jobs/:jobId/mfa';
const LOOK = 'GET /jobs/:jobId';

/** As when its machine dies: nothing is said to anyone. */
async function killed(worker: RunningChild): Promise<void> {
  worker.kill();
  expect(await worker.ended).toEqual({ kind: 'signalled', signal: 'SIGKILL' });
}

/** What the server knows of the activity that watches the job. */
async function watchOf(workflowId: string) {
  const { raw } = await world.temporal.workflow.getHandle(workflowId).describe();
  const watch = raw.pendingActivities?.find(({ activityType }) => activityType?.name === 'watchJob');
  return {
    attempt: watch?.attempt ?? 0,
    identity: watch?.lastWorkerIdentity ?? '',
    lastFailure: watch?.lastFailure?.message ?? null,
  };
}

async function activityEvents(workflowId: string): Promise<string[]> {
  const { events } = await world.temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(
    ({ activityTaskFailedEventAttributes, activityTaskTimedOutEventAttributes }) =>
      activityTaskFailedEventAttributes != null
        ? ['failed']
        : activityTaskTimedOutEventAttributes != null
          ? ['timed out']
          : [],
  );
}

/** Started, with its answer to come an hour later, and the worker gone before that. */
async function killedDuring(stage: Stage, route: string, worker: RunningChild): Promise<void> {
  await eventually(async () => (await stage.callsOf(route)) > 0);
  await killed(worker);
}

const answerAnHourLater = (route: string) =>
  ({ route, count: 1, fault: { kind: 'delay', ms: 3_600_000 } }) as const;

describe('a worker killed with SIGKILL', () => {
  test.concurrent(
    'while the attempt is queued: the next worker makes the next look',
    async () => {
      const stage = await world.stage({ sandbox: { queueScale: 2_400 } });
      const first = await stage.startWorker();
      const userId = await stage.newUser();
      const { workflowId } = await stage.client.start(linking(userId, 'AU90002'));
      const { looks } = await stage.until(workflowId, (progress) => (progress.looks?.made ?? 0) >= 1);
      await killed(first);

      await stage.startWorker();
      // The same activity goes on counting: nothing was begun anew.
      await stage.until(workflowId, (progress) => (progress.looks?.made ?? 0) > (looks?.made ?? 0));
      await stage.admin.setBank('AU90002', { status: 'operational' });
      const { jobId } = await stage.client.result(workflowId);
      expect(await stage.admin.jobsOf(userId)).toMatchObject([{ jobId, state: 'succeeded' }]);
      expect(await stage.callsOf(CREATE)).toBe(1);
    },
    180_000,
  );

  test.concurrent(
    'while the job runs: the other worker goes on with it',
    async () => {
      const stage = await world.stage({ sandbox: { stepMs: 5_000 } });
      const workers = [await stage.startWorker(), await stage.startWorker()];
      const userId = await stage.newUser();
      const { workflowId } = await stage.client.start(linking(userId, 'AU00000'));
      await eventually(async () => (await stage.callsOf(LOOK)) >= 2);
      const { identity } = await watchOf(workflowId);
      const holder = workers.find(({ pid }) => new RegExp(`\\b${pid}\\b`).test(identity));
      await killed(holder!);

      const { jobId } = await stage.client.result(workflowId);
      expect(await stage.admin.jobsOf(userId)).toMatchObject([{ jobId, state: 'succeeded' }]);
      expect(await stage.callsOf(CREATE)).toBe(1);
    },
    180_000,
  );

  test.concurrent(
    'between the POST that starts the job and its answer: one job at Basiq, and it is found',
    async () => {
      const stage = await world.stage();
      await stage.admin.fault(answerAnHourLater(CREATE));
      const first = await stage.startWorker();
      const userId = await stage.newUser();
      const { workflowId } = await stage.client.start(linking(userId, 'AU00000'));
      await killedDuring(stage, CREATE, first);

      await stage.startWorker();
      const { jobId } = await stage.client.result(workflowId);
      expect(await stage.admin.jobsOf(userId)).toMatchObject([{ jobId, state: 'succeeded' }]);
      expect(await stage.callsOf(CREATE)).toBe(1);
    },
    180_000,
  );

  test.concurrent(
    'between the POST of a good MFA answer and its answer: it is not sent again',
    async () => {
      const stage = await world.stage();
      await stage.admin.fault(answerAnHourLater(ANSWER));
      const first = await stage.startWorker();
      const userId = await stage.newUser();
      const { workflowId } = await stage.client.start(linking(userId, 'AU00002'));
      await stage.untilPhase(workflowId, 'awaiting-mfa');
      const verdict = stage.client.submitMfaAnswer(workflowId, { response: ['1234'] });
      await Promise.all([
        killedDuring(stage, ANSWER, first).then(() => stage.startWorker()),
        expect(verdict).resolves.toEqual({ outcome: 'accepted', nextChallenge: null }),
      ]);
      await stage.client.result(workflowId);
      expect(await stage.callsOf(ANSWER)).toBe(1);
      expect(await stage.callsOf(CREATE)).toBe(1);
    },
    180_000,
  );

  test.concurrent(
    'between the POST of an MFA answer that the bank does not take and its answer: the person is asked again',
    async () => {
      const stage = await world.stage();
      await stage.admin.setBank('AU00002', { wrongAnswer: 'still-in-progress' });
      await stage.admin.fault(answerAnHourLater(ANSWER));
      const first = await stage.startWorker();
      const userId = await stage.newUser();
      const { workflowId } = await stage.client.start(
        linking(userId, 'AU00002', { policy: { mfaSettleMs: 1_000 } }),
      );
      const { challenge } = await stage.untilPhase(workflowId, 'awaiting-mfa');
      const verdict = stage.client.submitMfaAnswer(workflowId, { response: ['wrong'] });
      const [, asked] = await Promise.all([
        killedDuring(stage, ANSWER, first).then(() => stage.startWorker()),
        verdict,
      ]);
      expect(asked).toMatchObject({
        outcome: 'rejected',
        reason: 'unconfirmed',
        challenge: { round: 2, prompts: challenge!.prompts },
      });
      expect(await stage.callsOf(ANSWER)).toBe(1);

      expect(await stage.client.submitMfaAnswer(workflowId, { response: ['1234'] })).toMatchObject({
        outcome: 'accepted',
      });
      await stage.client.result(workflowId);
      expect(await stage.callsOf(ANSWER)).toBe(2);
      expect(await stage.admin.jobsOf(userId)).toMatchObject([{ state: 'succeeded' }]);
    },
    180_000,
  );
});

/** Half of the grace time that a worker gives to what must not be broken off: a watch only waits. */
const STOPS_WITHIN_MS = 5_000;

describe('a worker told to stop (SIGTERM)', () => {
  const stopsPromptly = async (worker: RunningChild): Promise<void> => {
    const askedAt = performance.now();
    worker.signal('SIGTERM');
    expect(await worker.ended).toEqual({ kind: 'exited', code: 0 });
    expect(performance.now() - askedAt).toBeLessThan(STOPS_WITHIN_MS);
  };

  test.concurrent(
    'while the attempt is queued: the next worker makes the next look',
    async () => {
      const stage = await world.stage({ sandbox: { queueScale: 2_400 } });
      const first = await stage.startWorker();
      const userId = await stage.newUser();
      const { workflowId } = await stage.client.start(linking(userId, 'AU90002'));
      await stage.until(workflowId, (progress) => (progress.looks?.made ?? 0) >= 1);
      await stopsPromptly(first);

      await stage.admin.setBank('AU90002', { status: 'operational' });
      await stage.startWorker();
      await stage.client.result(workflowId);
      expect(await activityEvents(workflowId)).toEqual([]);
      expect(await stage.callsOf(CREATE)).toBe(1);
    },
    180_000,
  );

  test.concurrent(
    'while the job runs: it hands the watch over',
    async () => {
      const stepMs = 10 * 60_000;
      const stage = await world.stage({ sandbox: { stepMs } });
      const first = await stage.startWorker();
      const userId = await stage.newUser();
      const { workflowId } = await stage.client.start(linking(userId, 'AU00000'));
      await eventually(async () => (await stage.callsOf(LOOK)) >= 2);
      const before = await watchOf(workflowId);
      await stopsPromptly(first);
      expect(await watchOf(workflowId)).toMatchObject({
        attempt: before.attempt + 1,
        lastFailure: 'the worker is stopping',
      });

      await stage.startWorker();
      await stage.admin.advanceClock(3 * stepMs);
      await stage.client.result(workflowId);
      expect(await activityEvents(workflowId)).toEqual([]);
      expect(await stage.callsOf(CREATE)).toBe(1);
    },
    180_000,
  );
});
