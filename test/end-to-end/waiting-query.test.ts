import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import path from 'node:path';
import { createActivities } from '../../src/activities';
import { POLL_PERIODS } from '../../src/activities/watch-job';
import { BasiqClient } from '../../src/basiq/basiq-client';
import { queuePeriods } from '../../src/basiq/retry-queue';
import { MfaAnswerRefusedError } from '../../src/client';
import { ATTEMPT_DATA_CONVERTER } from '../../src/create-worker';
import { newKeyPair, type KeyPair } from '../../src/secrets/key-set';
import { API_KEY, AttemptWorld, eventually, type Stage } from './attempt-world';
import { linking } from './linking';

/**
 * Queries that wait for a worker while the attempt gets news. Activities run in a worker of their own here, so that there
 * can be news while nobody takes workflow tasks.
 */
const QUEUE_SCALE = 2_400;
const PHASES = ['queued', 'awaiting-mfa', 'confirming-mfa'];
const workflowBundle = { codePath: path.join(__dirname, '../../dist/workflow-bundle.js') };
let world: AttemptWorld;
let connection: NativeConnection;
let keys: KeyPair;
/** each stops a worker */
let stops: (() => Promise<void>)[] = [];
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  world = await AttemptWorld.start();
  connection = await NativeConnection.connect({ address: world.server.address });
  keys = await newKeyPair();
}, 120_000);
afterEach(async () => {
  await Promise.all(stops.map((stop) => stop()));
  stops = [];
});
afterAll(async () => {
  await connection.close();
  await world.stop();
}, 60_000);

/** Which of them a worker takes first, the query or the workflow task, is chance. */
const ATTEMPTS = 12;

test('what waited with a query is handled in an order that a replay repeats', async () => {
  const stage = await world.stage({ sandbox: { queueScale: QUEUE_SCALE }, sealing: keys.publicKeys });
  await runActivities(stage);
  const stopFirst = await runWorkflows(stage);
  await stage.admin.setBank('AU90003', { recoversAfterTries: null });
  const attempts = await Promise.all(Array.from({ length: ATTEMPTS }, () => queued(stage)));
  await stopFirst();

  const statuses = attempts.map(({ workflowId }) => stage.client.status(workflowId));
  await stage.admin.setBank('AU90003', { status: 'operational' });
  const answers = await Promise.all(attempts.map((attempt) => answerTo(attempt)));
  const verdicts = answers.map(({ workflowId, challengeId }) =>
    stage.client.submitMfaAnswer(workflowId, { response: ['1234'], challengeId }).catch(asRefusal),
  );
  await runWorkflows(stage);

  for (const { phase } of await Promise.all(statuses)) expect(PHASES).toContain(phase);
  await Promise.all(
    answers.map(async ({ workflowId, challengeId }, n) => {
      const verdict = await verdicts[n];
      if (verdict === 'no-open-challenge') {
        await stage.untilPhase(workflowId, 'awaiting-mfa');
        await stage.client.submitMfaAnswer(workflowId, { response: ['1234'], challengeId });
      } else {
        expect(verdict).toEqual({ outcome: 'accepted', nextChallenge: null });
      }
      await stage.client.result(workflowId);
      const history = await world.temporal.workflow.getHandle(workflowId).fetchHistory();
      await Worker.runReplayHistory(
        { workflowBundle, dataConverter: ATTEMPT_DATA_CONVERTER },
        history,
        workflowId,
      );
    }),
  );
  expect(await stage.callsOf('POST /jobs/:jobId/mfa')).toBe(ATTEMPTS);
}, 120_000);

async function queued(stage: Stage): Promise<{ workflowId: string; jobId: string | null }> {
  const { workflowId } = await stage.client.start(linking(await stage.newUser(), 'AU90003'));
  const { jobId } = await stage.untilPhase(workflowId, 'queued');
  return { workflowId, jobId };
}

/** What the person answers to, as soon as the news of it is in history. */
async function answerTo({ workflowId, jobId }: { workflowId: string; jobId: string | null }) {
  let fingerprint: string | null = null;
  await eventually(async () => (fingerprint = await fingerprintInHistory(workflowId)) !== null);
  return { workflowId, challengeId: `${jobId}:1:${fingerprint}` };
}

function asRefusal(error: unknown): string {
  if (error instanceof MfaAnswerRefusedError) return error.reason;
  throw error;
}

/** Of the question in the watch's result that is the last thing in history; null as long as there is none. */
async function fingerprintInHistory(workflowId: string): Promise<string | null> {
  const { events } = await world.temporal.workflow.getHandle(workflowId).fetchHistory();
  const [result] = (events ?? [])
    .flatMap(
      ({ activityTaskCompletedEventAttributes }) =>
        activityTaskCompletedEventAttributes?.result?.payloads ?? [],
    )
    .slice(-1);
  const { fingerprint } =
    /"challenged".*"fingerprint":"(?<fingerprint>\w+)"/.exec(Buffer.from(result?.data ?? []).toString())
      ?.groups ?? {};
  return fingerprint ?? null;
}

async function runActivities({ sandbox, taskQueue }: Stage): Promise<void> {
  const timeoutMs = 2_000;
  const activities = createActivities({
    basiq: new BasiqClient({ apiUrl: sandbox.url, apiKey: API_KEY, maxCallsPerSecond: 100, timeoutMs }),
    apiUrl: sandbox.url,
    httpTimeoutMs: timeoutMs,
    queue: queuePeriods(QUEUE_SCALE),
    polls: POLL_PERIODS,
    privateKeys: keys.privateKeys,
    allowPlainSecrets: false,
    appApprovalInstitutions: [],
    stopping: new AbortController().signal,
  });
  running(await Worker.create({ connection, taskQueue, activities }));
}

async function runWorkflows({ taskQueue }: Stage): Promise<() => Promise<void>> {
  return running(
    await Worker.create({ connection, taskQueue, workflowBundle, dataConverter: ATTEMPT_DATA_CONVERTER }),
  );
}

function running(worker: Worker): () => Promise<void> {
  const over = worker.run();
  const stop = () => {
    if (worker.getState() === 'RUNNING') worker.shutdown();
    return over;
  };
  stops.push(stop);
  return stop;
}
