import { randomUUID } from 'node:crypto';
import { BARE_TASK_QUEUE, inWorld, link, type BenchWorld } from './bench-world';
import { answerUpdate } from './bare/workflows';
import { ratioOfMedians, spreadOf, type Finding } from './comparison';
import type { Measure, Size } from './measure';

export const mfaAnswer: Measure = {
  name: 'mfa-answer',
  title: 'An MFA answer on its way',
  about:
    "From the back-end's call of `submitMfaAnswer` to the moment when the sandbox, in Basiq's place, has the request; beside it " +
    'from the call of an update of a bare workflow to the moment when the activity that its handler starts runs. On the way of ' +
    'ours are a read of what the attempt is about, the sealing, the update, the activity, the opening and the HTTP request.',
  run: (size) => inWorld((world) => measure(world, size)),
};

async function measure(world: BenchWorld, size: Size): Promise<Finding> {
  const turns = size === 'full' ? 60 : 10;
  await world.startWorker();
  await world.startBareWorker();
  const ours: number[] = [];
  const bare: number[] = [];
  const users = await world.newUsers(turns + 2);
  for (const [turn, userId] of users.entries()) {
    const workflowId = await challenged(world, userId);
    const answerMs = await answerToReceiptMs(world, workflowId);
    const bareMs = await bareAnswerMs(world);
    // The first two warm up what is compiled and connected on first use.
    if (turn < 2) continue;
    ours.push(answerMs);
    bare.push(bareMs);
  }
  return {
    comparisons: [
      {
        what: 'MFA answer, call to receipt',
        unit: 'ms',
        ours: spreadOf(ours),
        other: { name: 'bare update, call to activity', figure: spreadOf(bare) },
        ratio: ratioOfMedians(spreadOf(ours), spreadOf(bare)),
        goal: { of: 'ratio', bound: 'at most', value: 1.3 },
      },
    ],
    notes: [
      `${turns} turns, one of each at a time on a server that does nothing else, after two that are not counted`,
    ],
  };
}

/** An attempt that waits for the person's code. */
export async function challenged(world: BenchWorld, userId: string): Promise<string> {
  const { workflowId } = await world.client.start(link(userId, 'AU00002'));
  await world.until(workflowId, ({ phase }) => phase === 'awaiting-mfa');
  return workflowId;
}

/** Both ends of the time are on this machine's clock: the sandbox is a process of its own on it. */
export async function answerToReceiptMs(world: BenchWorld, workflowId: string): Promise<number> {
  const { jobId } = await world.client.status(workflowId);
  const begunMs = Date.now();
  await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
  const requests = await world.admin.requests('POST /jobs/:jobId/mfa');
  const receipt = requests.find((request) => request.jobId === jobId);
  if (receipt === undefined) throw new Error('The sandbox has no answer');
  return Math.max(1, Date.parse(receipt.at) - begunMs);
}

async function bareAnswerMs({ temporal }: BenchWorld): Promise<number> {
  const workflowId = `bare:${randomUUID()}`;
  const handle = await temporal.workflow.start('bareAnswer', { workflowId, taskQueue: BARE_TASK_QUEUE });
  // As an attempt that waits for its answer has run its first tasks.
  await handle.query('__temporal_workflow_metadata');
  const begunMs = Date.now();
  const ranAtMs = await handle.executeUpdate(answerUpdate, { args: ['1234'] });
  await handle.result();
  return Math.max(1, ranAtMs - begunMs);
}
