/**
 * `node --import tsx tools/record-histories.ts`: runs the main paths of an attempt on the Temporal dev server, with the
 * build's worker and the sandbox, and stores their histories for the replay test. Needed when a change of the workflow
 * is meant to break what runs, never to make a failing replay pass: attempts of seven days are replayed by new code.
 */
import { temporal } from '@temporalio/proto';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AttemptInput, AttemptProgress } from '../src/client';
import { AttemptWorld, eventually, type Stage } from '../test/end-to-end/attempt-world';
import { linking } from '../test/end-to-end/linking';

const HISTORIES = path.join(__dirname, '..', 'test', 'replay', 'histories');

/** Starts an attempt, does what the person or the bank does in it, and gives its id when it may be left to end. */
type Path = (stage: Stage, userId: string) => Promise<string>;

const begun = async ({ client }: Stage, request: AttemptInput): Promise<string> =>
  (await client.start(request)).workflowId;

const asked = (stage: Stage, workflowId: string, round = 1): Promise<AttemptProgress> =>
  stage.until(
    workflowId,
    ({ phase, challenge }) => phase === 'awaiting-mfa' && (challenge?.round ?? 0) >= round,
  );

async function answered(stage: Stage, workflowId: string, ...answers: string[]): Promise<void> {
  for (const [index, answer] of answers.entries()) {
    await asked(stage, workflowId, index + 1);
    await stage.client.submitMfaAnswer(workflowId, { response: [answer] });
  }
}

async function queued(stage: Stage, request: AttemptInput): Promise<string> {
  const workflowId = await begun(stage, request);
  await stage.untilPhase(workflowId, 'queued');
  return workflowId;
}

async function linked(stage: Stage, userId: string, institutionId: string): Promise<string> {
  const { connectionId } = await stage.client.result(await begun(stage, linking(userId, institutionId)));
  if (connectionId === null) throw new Error('The connection has no id');
  return connectionId;
}

/** The long ones first, so that the others are recorded meanwhile. */
const PATHS: Readonly<Record<string, Path>> = {
  'mfa-expired': async (stage, userId) => {
    await stage.admin.setBank('AU00003', { mfaExpiryMs: 60_000, mfaExpiry: 'stays' });
    // The bank challenges every second time.
    await linked(stage, userId, 'AU00003');
    const again = linking(userId, 'AU00003', {
      additional: true,
      reference: 'second',
      policy: { mfaGraceMs: 0 },
    });
    return begun(stage, again);
  },

  'queue-expires': (stage, userId) => queued(stage, linking(userId, 'AU90002')),

  'queue-checked': async (stage, userId) => {
    const workflowId = await queued(stage, linking(userId, 'AU90002'));
    await stage.client.checkNow(workflowId);
    return workflowId;
  },

  success: (stage, userId) => begun(stage, linking(userId, 'AU00000')),

  'invalid-credentials': (stage, userId) =>
    begun(stage, linking(userId, 'AU00000', { credentials: { loginId: 'bighead', password: 'password' } })),

  mfa: async (stage, userId) => {
    const workflowId = await begun(stage, linking(userId, 'AU00002'));
    await answered(stage, workflowId, '1234');
    return workflowId;
  },

  'mfa-wrong-then-right': async (stage, userId) => {
    const workflowId = await begun(stage, linking(userId, 'AU00002'));
    await answered(stage, workflowId, '4321', '1234');
    return workflowId;
  },

  'mfa-two-rounds': async (stage, userId) => {
    const workflowId = await begun(stage, linking(userId, 'AU90004'));
    await answered(stage, workflowId, '1234', '5678');
    return workflowId;
  },

  'approval-by-signal': async (stage, userId) => {
    const workflowId = await begun(stage, linking(userId, 'AU90006'));
    await asked(stage, workflowId);
    const handle = stage.world.temporal.workflow.getHandle(workflowId);
    // The first is none, and shows in the status.
    await handle.signal('mfaAnswer', { answer: 'confirmed' });
    await handle.signal('mfaAnswer', ['confirmed']);
    return workflowId;
  },

  'queue-recovers': (stage, userId) => queued(stage, linking(userId, 'AU90001')),

  'queue-then-mfa': async (stage, userId) => {
    const workflowId = await begun(stage, linking(userId, 'AU90003'));
    await answered(stage, workflowId, '1234');
    return workflowId;
  },

  'queue-cancelled': async (stage, userId) => {
    const workflowId = await queued(stage, linking(userId, 'AU90002'));
    await stage.client.cancel(workflowId);
    return workflowId;
  },

  'refresh-outage': async (stage, userId) => {
    const connectionId = await linked(stage, userId, 'AU00004');
    await stage.admin.setBank('AU00004', { status: 'partial-outage' });
    const policy = { refreshRetryMs: 1_000 };
    return begun(stage, { userId, operation: { kind: 'refresh', connectionId }, policy });
  },

  update: async (stage, userId) => {
    const connectionId = await linked(stage, userId, 'AU00000');
    const credentials = { password: 'django' };
    return begun(stage, { userId, operation: { kind: 'update', connectionId, credentials } });
  },

  'connection-exists': async (stage, userId) => {
    await linked(stage, userId, 'AU00000');
    return begun(stage, linking(userId, 'AU00000'));
  },

  'adopt-already-watched': async (stage, userId) => {
    const holder = await begun(stage, linking(userId, 'AU00002'));
    const { jobId } = await asked(stage, holder);
    if (jobId === null) throw new Error('The attempt has no job');
    await eventually(async () => !(await stage.client.list({ jobId, running: true }).next()).done);
    return begun(stage, { userId, operation: { kind: 'adopt', jobId } });
  },

  'job-stalled': (stage, userId) =>
    begun(stage, linking(userId, 'AU90008', { policy: { stalledAfterMs: 1_000 } })),

  'start-ambiguous-found': async (stage, userId) => {
    await stage.admin.fault({
      route: 'POST /users/:userId/connections',
      count: 1,
      fault: { kind: 'reset-after' },
    });
    return begun(stage, linking(userId, 'AU00000'));
  },

  'start-ambiguous-none': async (stage, userId) => {
    await stage.admin.fault({
      route: 'POST /users/:userId/connections',
      count: 1,
      fault: { kind: 'reset-before' },
    });
    return begun(stage, linking(userId, 'AU00000'));
  },
};

/** Seven days in a minute, and steps long enough to be seen. */
const SANDBOX = { queueScale: 10_080, stepMs: 400 };

async function record(world: AttemptWorld, name: string, path: Path): Promise<string> {
  // A stage each: a fault or a bank's outage is meant for one attempt.
  const stage = await world.stage({ sandbox: SANDBOX, workerEnv: { BASIQ_HTTP_TIMEOUT_MS: '2000' } });
  const worker = await stage.startWorker();
  const workflowId = await path(stage, await stage.newUser());
  const handle = world.temporal.workflow.getHandle(workflowId);
  await handle.result().catch(() => undefined);
  const history = await handle.fetchHistory();
  await worker.stop();
  const end = history.events?.at(-1)?.eventType ?? 0;
  console.log(
    `${name}: ${history.events?.length ?? 0} events, ${temporal.api.enums.v1.EventType[end] ?? end}`,
  );
  return asText({ workflowId, events: history.events ?? [] });
}

/** Who ran it and from which folder: says nothing, and differs each time. */
const OF_THIS_MACHINE = /"(identity|stackTrace)":"(?:[^"\\]|\\.)*"/g;

/** One event a line: small, and what changed can be read in a diff. */
function asText({ workflowId, events }: { workflowId: string; events: readonly object[] }): string {
  const lines = events.map((event) => JSON.stringify(event).replace(OF_THIS_MACHINE, '"$1":""'));
  return `{"workflowId":"${workflowId}","events":[\n${lines.join(',\n')}\n]}\n`;
}

async function main(): Promise<void> {
  execFileSync(process.execPath, [path.join(__dirname, 'prepare.mjs'), 'build'], { stdio: 'inherit' });
  const world = await AttemptWorld.start();
  const recorded = new Map<string, string>();
  try {
    const waiting = Object.entries(PATHS);
    const takeNext = async (): Promise<void> => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [name, path] = next;
        try {
          recorded.set(name, await record(world, name, path));
        } catch (error) {
          throw new Error(`${name} could not be recorded`, { cause: error });
        }
      }
    };
    // Nothing is taken down while a lane still uses it.
    const lanes = await Promise.allSettled(Array.from({ length: 5 }, takeNext));
    const failed = lanes.filter((lane) => lane.status === 'rejected').map(({ reason }): unknown => reason);
    if (failed.length > 0) throw new AggregateError(failed, 'Not all could be recorded');
  } finally {
    await world.stop();
  }
  // All or nothing: a folder of two generations would test neither.
  mkdirSync(HISTORIES, { recursive: true });
  for (const file of readdirSync(HISTORIES)) rmSync(path.join(HISTORIES, file));
  for (const [name, text] of recorded) writeFileSync(path.join(HISTORIES, `${name}.json`), text);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
