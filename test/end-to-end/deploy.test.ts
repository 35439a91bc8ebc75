import { temporal } from '@temporalio/proto';
import path from 'node:path';
import { startChild, type ChildEnd } from '../../tools/child-process';
import { AttemptWorld, eventually, type Stage } from './attempt-world';
import { changedBuild, type ChangedBuild, type SourceChange } from './changed-build';
import { linking } from './linking';

/**
 * The default deploy: attempts that old workers began go on with the code of new ones. Each build but dist/ has
 * workflow code that was changed for this test.
 */
const NEWS = 'const observation = await nextNews(following, seen, progress);';
const pauses = (pause: string): SourceChange[] => [
  { file: 'follow-job.ts', from: NEWS, to: `${NEWS} ${pause}` },
  {
    file: 'follow-job.ts',
    from: "import { condition } from '@temporalio/workflow';",
    to: "import { condition, patched, sleep } from '@temporalio/workflow';",
  },
];
const CHANGES = {
  /** words and a time limit: nothing that a replay compares */
  harmless: [
    { file: 'job-watch.ts', from: '`Watches job ${', to: '`Keeps an eye on job ${' },
    { file: 'activity-proxies.ts', from: "startToCloseTimeout: '7d'", to: "startToCloseTimeout: '6d'" },
  ],
  guarded: pauses("if (patched('pause-after-news')) await sleep(1);"),
  unguarded: pauses('await sleep(1);'),
} satisfies Record<string, SourceChange[]>;

let world: AttemptWorld;
let builds: Record<keyof typeof CHANGES, ChangedBuild>;
beforeAll(async () => {
  world = await AttemptWorld.start();
  builds = {
    harmless: await changedBuild(CHANGES.harmless),
    guarded: await changedBuild(CHANGES.guarded),
    unguarded: await changedBuild(CHANGES.unguarded),
  };
}, 180_000);
afterAll(async () => {
  await world.stop();
  await Promise.all(Object.values(builds).map((build) => build.remove()));
}, 60_000);

const STEP_MS = 2_000;
/** Of AU90007, where each step takes twenty times as long. */
const SLOW_STEP_MS = 20 * STEP_MS;
/** Time enough for the test to act, and then skipped. */
const LONG_MS = 600_000;
const CREATE_LIST = 'GET /users/:userId/connections';

interface OpenAttempts {
  /** workflow ids by phase */
  ids: Readonly<
    Record<'submitting' | 'verifying' | 'awaiting' | 'confirming' | 'queued' | 'retrieving', string>
  >;
  /** of the answer that the bank still checks */
  verdict: Promise<unknown>;
}

/** Six attempts, one in each phase, none of which moves on by itself. */
async function attemptsInEveryPhase(stage: Stage): Promise<OpenAttempts> {
  const begin = async (institutionId: string, policy = {}) =>
    (await stage.client.start(linking(await stage.newUser(), institutionId, { policy }))).workflowId;
  const patient = { mfaExpiryMs: 2 * LONG_MS };
  await stage.admin.setBank('AU00002', patient);
  await stage.admin.setBank('AU90005', { ...patient, mfaSettleMs: LONG_MS });

  const retrieving = await begin('AU90007');
  const queued = await begin('AU90002');
  const awaiting = await begin('AU00002');
  const confirming = await begin('AU90005', { mfaSettleMs: LONG_MS });
  await stage.untilPhase(retrieving, 'verifying');
  await stage.admin.advanceClock(SLOW_STEP_MS);
  await stage.untilPhase(retrieving, 'retrieving');
  await stage.untilPhase(queued, 'queued');
  await stage.untilPhase(awaiting, 'awaiting-mfa');
  await stage.untilPhase(confirming, 'awaiting-mfa');
  const verdict = stage.client.confirm(confirming);
  verdict.catch(() => undefined);
  await stage.untilPhase(confirming, 'confirming-mfa');

  const verifying = await begin('AU90007');
  await stage.untilPhase(verifying, 'verifying');
  // Each try to read the person's connections fails, so no job is begun.
  await stage.admin.fault({ route: CREATE_LIST, count: 1_000, fault: { kind: 'status', status: 503 } });
  const before = await stage.callsOf(CREATE_LIST);
  const submitting = await begin('AU00000');
  await eventually(async () => (await stage.callsOf(CREATE_LIST)) > before);
  await stage.untilPhase(submitting, 'submitting');
  return { ids: { submitting, verifying, awaiting, confirming, queued, retrieving }, verdict };
}

async function letThemEnd(stage: Stage, open: OpenAttempts): Promise<void> {
  await stage.admin.clearFaults();
  await stage.admin.setBank('AU90002', { status: 'operational' });
  expect(await stage.client.submitMfaAnswer(open.ids.awaiting, { response: ['1234'] })).toMatchObject({
    outcome: 'accepted',
  });
  await stage.admin.advanceClock(LONG_MS);
  expect(await open.verdict).toMatchObject({ outcome: 'accepted' });
  for (const workflowId of idsOf(open)) await stage.client.result(workflowId);
}

const idsOf = ({ ids }: OpenAttempts): string[] => Object.values(ids);

async function historyOf(workflowId: string) {
  const { events } = await world.temporal.workflow.getHandle(workflowId).fetchHistory();
  return events ?? [];
}

/** The patches that the code of an attempt has come to. */
async function patchesOf(workflowId: string): Promise<number> {
  const { EVENT_TYPE_MARKER_RECORDED } = temporal.api.enums.v1.EventType;
  return (await historyOf(workflowId)).filter(({ eventType }) => eventType === EVENT_TYPE_MARKER_RECORDED)
    .length;
}

async function failedWorkflowTasks(workflowId: string): Promise<number> {
  const { EVENT_TYPE_WORKFLOW_TASK_FAILED } = temporal.api.enums.v1.EventType;
  return (await historyOf(workflowId)).filter(
    ({ eventType }) => eventType === EVENT_TYPE_WORKFLOW_TASK_FAILED,
  ).length;
}

async function replay(
  build: ChangedBuild | 'dist',
  stage: Stage,
): Promise<{ end: ChildEnd; output: string }> {
  const folder = build === 'dist' ? path.join(__dirname, '..', '..', 'dist') : build.folder;
  const query = `TaskQueue = "${stage.taskQueue}" AND ExecutionStatus = "Running"`;
  const child = await startChild({
    name: 'replay',
    command: process.execPath,
    args: [path.join(folder, 'replay', 'main.js'), '--from-server', '--query', query],
    env: { TEMPORAL_ADDRESS: world.server.address, TEMPORAL_NAMESPACE: 'default' },
  });
  const end = await child.ended;
  return { end, output: child.output() };
}

async function untilListed(stage: Stage, count: number): Promise<void> {
  const query = `TaskQueue = "${stage.taskQueue}" AND ExecutionStatus = "Running"`;
  await eventually(async () => (await world.temporal.workflow.count(query)).count === count);
}

describe('attempts in every phase, whose worker is replaced', () => {
  const open = async (): Promise<{ stage: Stage; attempts: OpenAttempts }> => {
    const stage = await world.stage({ sandbox: { stepMs: STEP_MS, queueScale: 2_400 } });
    const old = await stage.startWorker();
    const attempts = await attemptsInEveryPhase(stage);
    old.signal('SIGTERM');
    expect(await old.ended).toEqual({ kind: 'exited', code: 0 });
    await untilListed(stage, 6);
    return { stage, attempts };
  };

  test.concurrent(
    'end rightly with code that differs in nothing that a replay compares',
    async () => {
      const { stage, attempts } = await open();
      await stage.startWorker({}, builds.harmless.folder);
      await letThemEnd(stage, attempts);
      for (const workflowId of idsOf(attempts)) expect(await failedWorkflowTasks(workflowId)).toBe(0);
      const watched = JSON.stringify(
        (await historyOf(attempts.ids.awaiting)).map(({ userMetadata }) =>
          Buffer.from(userMetadata?.summary?.data ?? []).toString(),
        ),
      );
      expect(watched).toMatch(/Watches job .*Keeps an eye on job /);
    },
    180_000,
  );

  test.concurrent(
    'end rightly with a change that a patch guards; without the patch a replay refuses the build',
    async () => {
      const { stage, attempts } = await open();
      const late = await stage.client.start(linking(await stage.newUser(), 'AU00004'));
      await untilListed(stage, 7);
      const [same, guarded, unguarded] = await Promise.all([
        replay('dist', stage),
        replay(builds.guarded, stage),
        replay(builds.unguarded, stage),
      ]);
      for (const { end, output } of [same, guarded]) {
        expect({ end, output }).toEqual({
          end: { kind: 'exited', code: 0 },
          output: expect.stringContaining('6 replayed, 0 failed, 1 not begun yet') as string,
        });
      }
      expect(unguarded.end).toEqual({ kind: 'exited', code: 1 });
      // The one that is still submitting has had no news of a job, so that any code fits.
      expect(unguarded.output).toContain('6 replayed, 5 failed');
      expect(unguarded.output).toContain(`FAILED ${attempts.ids.queued}: [TMPRL1100] Nondeterminism error`);
      expect(unguarded.output).toContain("patched('…')");
      expect(unguarded.output).not.toMatch(/sealed|eyJ/);

      for (const workflowId of idsOf(attempts)) expect(await patchesOf(workflowId)).toBe(0);
      await stage.startWorker({}, builds.guarded.folder);
      await letThemEnd(stage, attempts);
      await stage.client.result(late.workflowId);
      for (const workflowId of [...idsOf(attempts), late.workflowId]) {
        expect(await failedWorkflowTasks(workflowId)).toBe(0);
        expect(await patchesOf(workflowId)).toBe(1);
      }
    },
    180_000,
  );
});
