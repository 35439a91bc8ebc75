import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { attemptSearchAttributes } from '../../tools/attempt-search-attributes';
import type { RunningChild } from '../../tools/child-process';
import { startDevServer } from '../../tools/temporal-dev-server';
import { temporalCliPath } from '../../tools/temporal-servers';
import { AttemptWorld, eventually, type Stage } from './attempt-world';
import { linking } from './linking';

/** Worker deployment versions: an attempt stays with the version that began it. */
const execute = promisify(execFile);
const DEPLOYMENT = 'connections';

let world: AttemptWorld;
beforeAll(async () => {
  // A version counts as drained when visibility shows none of its attempts open: by default that is asked every 3 min.
  world = await AttemptWorld.start(() =>
    startDevServer({
      searchAttributes: attemptSearchAttributes,
      dynamicConfig: {
        'matching.wv.VersionDrainageStatusRefreshInterval': '"1s"',
        'matching.wv.VersionDrainageStatusVisibilityGracePeriod': '"1s"',
      },
    }),
  );
}, 120_000);
afterAll(() => world.stop(), 60_000);

const startVersion = (stage: Stage, buildId: string): Promise<RunningChild> =>
  stage.startWorker({ TEMPORAL_DEPLOYMENT_NAME: DEPLOYMENT, TEMPORAL_WORKER_BUILD_ID: buildId });

/**
 * What the worker's own log says to run, as somebody types it who reads it; again if the server has not yet heard of all
 * task queues of the version.
 */
async function runCommandIn(line: string): Promise<void> {
  const [, command] = /"command":"temporal ([^"]+)"/.exec(line) ?? [];
  const words = (command ?? '').trim().split(' ');
  const run = () => execute(temporalCliPath(), [...words, '--yes', '--address', world.server.address]);
  await eventually(() =>
    run().then(
      () => true,
      (error: unknown) => {
        if (!String(error).includes('missing active task queues')) throw error;
        return false;
      },
    ),
  );
}

/** The build ids of the workers that have run the attempt's workflow tasks. */
async function versionsOf(workflowId: string): Promise<string[]> {
  const { events } = await world.temporal.workflow.getHandle(workflowId).fetchHistory();
  const buildIds = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: done }) =>
    done == null ? [] : [done.deploymentVersion?.buildId ?? 'none'],
  );
  return [...new Set(buildIds)];
}

test('attempts stay with the version that began them; each version says what the server gives to it', async () => {
  const stage = await world.stage();
  const v1 = await startVersion(stage, 'v1');
  await runCommandIn(await v1.waitForLine(/version-unrouted/, 30_000));
  await v1.waitForLine(/version-current/, 30_000);

  const first = await stage.client.start(linking(await stage.newUser(), 'AU00002'));
  await stage.untilPhase(first.workflowId, 'awaiting-mfa');

  // As docs/operations.md looks for them.
  const query = `TemporalWorkerDeploymentVersion = "${DEPLOYMENT}:v1" AND ExecutionStatus = "Running"`;
  await eventually(async () => (await world.temporal.workflow.count(query)).count === 1);

  const v2 = await startVersion(stage, 'v2');
  const idle = await v2.waitForLine(/version-unrouted/, 30_000);
  expect(idle).toContain(`--deployment-name ${DEPLOYMENT} --build-id v2`);
  expect(idle).toContain('"level":40');
  await runCommandIn(idle);
  await v2.waitForLine(/version-current/, 30_000);
  await v1.waitForLine(/version-draining/, 30_000);

  const second = await stage.client.start(linking(await stage.newUser(), 'AU00002'));
  for (const { workflowId } of [first, second]) {
    await stage.untilPhase(workflowId, 'awaiting-mfa');
    await stage.client.submitMfaAnswer(workflowId, { response: ['1234'] });
    await stage.client.result(workflowId);
  }
  expect(await versionsOf(first.workflowId)).toEqual(['v1']);
  expect(await versionsOf(second.workflowId)).toEqual(['v2']);
  expect(v1.output()).not.toMatch(/version-drained/);
  await v1.waitForLine(/version-drained/, 60_000);
}, 180_000);
