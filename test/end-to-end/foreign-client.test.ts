import { WorkflowFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { CompactEncrypt, importJWK } from 'jose';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';
import { temporalCliPath } from '../../tools/temporal-servers';
import { AttemptWorld, eventually, type Stage } from './attempt-world';

/**
 * Back-ends in other languages have the public names, JSON and a JOSE library. So nothing of ours is used here to talk
 * to the workflow, and what the CLI does it does in Go.
 */
let world: AttemptWorld;
let stage: Stage;
let temporal: Client;
beforeAll(async () => {
  world = await AttemptWorld.start();
  ({ temporal } = world);
  stage = await world.stage({ workerEnv: { ALLOW_PLAIN_SECRETS: 'true' } });
  await stage.startWorker();
}, 120_000);
afterAll(() => world.stop(), 60_000);

const Status = z.object({
  phase: z.string(),
  challenge: z.object({ challengeId: z.string(), prompts: z.array(z.string()) }).nullable(),
  lastIgnoredAnswer: z.object({ reason: z.string() }).nullable(),
});

async function cli(workflowId: string, ...command: string[]): Promise<unknown> {
  const [verb, ...rest] = command;
  const which = ['--address', world.server.address, '--workflow-id', workflowId, '--output', 'json'];
  const words = verb === 'update' ? ['update', 'execute'] : [verb!];
  const { stdout } = await promisify(execFile)(temporalCliPath(), ['workflow', ...words, ...which, ...rest]);
  return stdout.trim() === '' ? null : JSON.parse(stdout);
}

async function startByCli(workflowId: string, input: object): Promise<void> {
  const what = ['--type', 'connectionAttempt', '--task-queue', stage.taskQueue];
  await cli(workflowId, 'start', ...what, '--input', JSON.stringify(input));
}

const Queried = z.object({ queryResult: z.array(z.unknown()) });

async function statusByCli(workflowId: string) {
  const { queryResult } = Queried.parse(await cli(workflowId, 'query', '--type', 'attemptStatus'));
  return Status.parse(queryResult[0]);
}

const linked = (userId: string, institutionId: string) => ({
  userId,
  operation: {
    kind: 'create',
    institutionId,
    credentials: { loginId: 'jared', password: 'django' },
  },
});

test('the CLI starts an attempt, asks for its status and approves it by signal with a bare array', async () => {
  const userId = await stage.newUser();
  const workflowId = `connection:${userId}:AU90006`;
  await startByCli(workflowId, linked(userId, 'AU90006'));
  await eventually(async () => (await statusByCli(workflowId)).phase === 'awaiting-mfa');
  await cli(workflowId, 'signal', '--name', 'mfaAnswer', '--input', '["confirmed"]');
  await temporal.workflow.getHandle(workflowId).result();
  expect(await statusByCli(workflowId)).toMatchObject({ phase: 'succeeded' });
});

test('the CLI answers by update and is told the verdict; a bad answer by signal shows in the status', async () => {
  const userId = await stage.newUser();
  const workflowId = `connection:${userId}:AU00002`;
  await startByCli(workflowId, linked(userId, 'AU00002'));
  await eventually(async () => (await statusByCli(workflowId)).phase === 'awaiting-mfa');

  await cli(workflowId, 'signal', '--name', 'mfaAnswer', '--input', '{"answer":"1234"}');
  const ignored = await statusByCli(workflowId);
  expect(ignored).toMatchObject({
    phase: 'awaiting-mfa',
    lastIgnoredAnswer: { reason: 'malformed-answer' },
  });

  const answer = JSON.stringify({ response: ['1234'], challengeId: ignored.challenge!.challengeId });
  expect(await cli(workflowId, 'update', '--name', 'submitMfaAnswer', '--input', answer)).toMatchObject({
    result: { outcome: 'accepted', nextChallenge: null },
  });
  await temporal.workflow.getHandle(workflowId).result();
});

test('any Temporal client gets a failure with its code as type and the advice as its only detail', async () => {
  const userId = await stage.newUser();
  const handle = await temporal.workflow.start('connectionAttempt', {
    workflowId: `connection:${userId}:AU00000`,
    taskQueue: stage.taskQueue,
    args: [
      {
        userId,
        operation: {
          kind: 'create',
          institutionId: 'AU00000',
          credentials: { loginId: 'bighead', password: 'password' },
        },
      },
    ],
  });
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown);
  const cause = error instanceof WorkflowFailedError ? error.cause : null;
  if (!(cause instanceof ApplicationFailure)) throw new Error(`not a failure of ours: ${String(error)}`);
  expect(cause.type).toBe('invalid-credentials');
  expect(cause.details).toMatchObject([
    { code: 'invalid-credentials', step: 'verify-credentials', actor: 'person', tryAgain: 'after-action' },
  ]);
  expect(cause.details).toHaveLength(1);
});

test('an input that is none of ours fails with what to mend', async () => {
  const handle = await temporal.workflow.start('connectionAttempt', {
    workflowId: 'connection:of:nobody',
    taskQueue: stage.taskQueue,
    args: [{ user: 'u', operation: { kind: 'link' } }],
  });
  await expect(handle.result()).rejects.toMatchObject({ cause: { type: 'invalid-input' } });
});

test('credentials that any JOSE library has sealed are taken', async () => {
  const userId = await stage.newUser();
  const [key] = world.publicKeys.keys;
  const secret = new TextEncoder().encode(JSON.stringify({ loginId: 'jared', password: 'django' }));
  const sealed = await new CompactEncrypt(secret)
    .setProtectedHeader({
      alg: 'ECDH-ES+A256KW',
      enc: 'A256GCM',
      kid: key!.kid,
      purpose: 'credentials',
      userId,
      institutionId: 'AU00000',
    })
    .encrypt(await importJWK({ ...key! }, 'ECDH-ES+A256KW'));
  const handle = await temporal.workflow.start('connectionAttempt', {
    workflowId: `connection:${userId}:AU00000`,
    taskQueue: stage.taskQueue,
    args: [{ userId, operation: { kind: 'create', institutionId: 'AU00000', credentials: { sealed } } }],
  });
  expect(await handle.result()).toMatchObject({ steps: [{ title: 'verify-credentials' }, {}, {}] });
});

test('a job can be adopted by its id, and checked now', async () => {
  const userId = await stage.newUser();
  const first = `connection:${userId}:AU90002`;
  await startByCli(first, linked(userId, 'AU90002'));
  await eventually(async () => (await statusByCli(first)).phase === 'queued');
  const [job] = await stage.admin.jobsOf(userId);
  await cli(first, 'cancel');
  await temporal.workflow
    .getHandle(first)
    .result()
    .catch(() => undefined);
  await eventually(async () => {
    const query = `BasiqJobId = "${job!.jobId}" AND ExecutionStatus = "Running"`;
    return (await temporal.workflow.count(query)).count === 0;
  });

  const adopting = `job:${job!.jobId}`;
  await startByCli(adopting, { userId, operation: { kind: 'adopt', jobId: job!.jobId } });
  await eventually(async () => (await statusByCli(adopting)).phase === 'queued');
  await stage.admin.setBank('AU90002', { status: 'operational' });
  await stage.admin.advanceClock(2 * 3_600_000 + 60_000);
  await cli(adopting, 'signal', '--name', 'checkNow');
  expect(await temporal.workflow.getHandle(adopting).result()).toMatchObject({ jobId: job!.jobId });
});
