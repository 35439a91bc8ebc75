import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import path from 'node:path';
import { createActivities } from '../../src/activities';
import { POLL_PERIODS } from '../../src/activities/watch-job';
import { BasiqClient } from '../../src/basiq/basiq-client';
import { queuePeriods } from '../../src/basiq/retry-queue';
import { MFA_ANSWER_SIGNAL, seal, SUBMIT_MFA_ANSWER_UPDATE } from '../../src/client';
import { ATTEMPT_DATA_CONVERTER } from '../../src/create-worker';
import { newKeyPair, type KeyPair } from '../../src/secrets/key-set';
import { API_KEY, AttemptWorld, eventually, type Stage } from './attempt-world';
import { linking } from './linking';

/**
 * The answer is there when the workflow task that asks the question begins, as when the status that showed it was ahead
 * of the workflow (early-answer.ts). For that the activities run while nobody takes workflow tasks.
 */
const QUEUE_SCALE = 2_400;
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

test.each(['signal', 'update'])(
  'an answer by %s that comes with the news of its question is taken, and sent once',
  async (by) => {
    const stage = await world.stage({ sandbox: { queueScale: QUEUE_SCALE }, sealing: keys.publicKeys });
    await runActivities(stage);
    const stopWorkflows = await runWorkflows(stage);
    await stage.admin.setBank('AU90003', { recoversAfterTries: null });
    const userId = await stage.newUser();
    const { workflowId } = await stage.client.start(linking(userId, 'AU90003'));
    const { jobId, subject } = await stage.untilPhase(workflowId, 'queued');

    await stopWorkflows();
    await stage.admin.setBank('AU90003', { status: 'operational' });
    let fingerprint: string | null = null;
    await eventually(async () => (fingerprint = await fingerprintInHistory(workflowId)) !== null);
    const binding = { purpose: 'mfa', userId, subject } as const;
    const answer = {
      response: [await seal('1234', binding, keys.publicKeys)],
      challengeId: `${jobId}:1:${fingerprint}`,
    };
    const handle = world.temporal.workflow.getHandle(workflowId);
    const verdict =
      by === 'update'
        ? handle.executeUpdate<unknown, [unknown]>(SUBMIT_MFA_ANSWER_UPDATE, { args: [answer] })
        : handle.signal(MFA_ANSWER_SIGNAL, answer);
    await runWorkflows(stage);

    expect(await verdict).toEqual(by === 'update' ? { outcome: 'accepted', nextChallenge: null } : undefined);
    await stage.client.result(workflowId);
    expect(await stage.callsOf('POST /jobs/:jobId/mfa')).toBe(1);
  },
  60_000,
);

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
  const workflowBundle = { codePath: path.join(__dirname, '../../dist/workflow-bundle.js') };
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
