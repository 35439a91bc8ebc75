import { randomUUID } from 'node:crypto';
import { BARE_TASK_QUEUE, inWorld, link, type BenchWorld } from './bench-world';
import { answerUpdate } from './bare/workflows';
import { ratioOfMedians, spreadOf, type Finding } from './comparison';
import { figure } from './figures';
import { eventsOf, timeOf, type HistoryEvent } from './history';
import type { Measure, Size } from './measure';

export const mfaAnswer: Measure = {
  name: 'mfa-answer',
  title: 'An MFA answer on its way',
  about:
    "From the back-end's call of `submitMfaAnswer` to the moment when the sandbox, in Basiq's place, has the request; beside it " +
    'the round trip of a bare update: from its call, by way of an activity that its handler runs, to its result. The figures below ' +
    'have the way there alone too, from the call to the moment when the bare activity runs. Ours does more on it: the client reads ' +
    'what the attempt is about and seals the answer; the workflow checks the answer, shows the new phase and takes back its timer; ' +
    'the activity opens the answer and makes an HTTP request. About half of the time that the workflow task takes is the ' +
    "SDK's own: it keeps a stack trace for each promise that a workflow makes.",
  run: (size) => inWorld((world) => measure(world, size)),
};

async function measure(world: BenchWorld, size: Size): Promise<Finding> {
  const turns = size === 'full' ? 60 : 10;
  await world.startWorker();
  await world.startBareWorker();
  const ours: Journey[] = [];
  const bare: (Journey & { roundTripMs: number })[] = [];
  const users = await world.newUsers(turns + 2);
  for (const [turn, userId] of users.entries()) {
    const answered = await answerJourney(world, await challenged(world, userId));
    const beside = await bareJourney(world);
    // The first two warm up what is compiled and connected on first use.
    if (turn < 2) continue;
    ours.push(answered);
    bare.push(beside);
  }
  const mine = spreadOf(ours.map(({ totalMs }) => totalMs));
  const other = spreadOf(bare.map(({ roundTripMs }) => roundTripMs));
  const there = spreadOf(bare.map(({ totalMs }) => totalMs));
  return {
    comparisons: [
      {
        what: 'MFA answer, call to receipt',
        unit: 'ms',
        ours: mine,
        other: { name: 'bare update by an activity and back', figure: other },
        ratio: ratioOfMedians(mine, other),
        goal: { of: 'ratio', bound: 'at most', value: 1.3 },
      },
    ],
    notes: [
      `${turns} turns, one of each at a time on a server that does nothing else, after two that are not counted`,
      `its parts, as medians: ${partsText(ours)}`,
      `of the bare update: ${partsText(bare)}`,
      `the way there alone: ${figure(there.median)} ms for the bare update, so that ours takes ${figure(mine.median / there.median)} times as long`,
    ],
  };
}

const PARTS = [
  ['sendMs', 'call to workflow task'],
  ['taskMs', 'workflow task'],
  ['dispatchMs', 'to the activity'],
  ['activityMs', 'in the activity'],
] as const;
type Journey = Record<(typeof PARTS)[number][0] | 'totalMs', number>;

function partsText(journeys: readonly Journey[]): string {
  return PARTS.map(
    ([part, text]) => `${text} ${figure(spreadOf(journeys.map((journey) => journey[part])).median)} ms`,
  ).join(', ');
}

/** Where the time went, by the history of the workflow; all clocks are this machine's. */
function journeyOf(events: readonly HistoryEvent[], begunMs: number, receivedMs: number): Journey {
  const accepted = events.findIndex((event) => event.workflowExecutionUpdateAcceptedEventAttributes);
  const task = events.slice(0, accepted).findLast((event) => event.workflowTaskStartedEventAttributes);
  const scheduled = events.slice(accepted).find((event) => event.activityTaskScheduledEventAttributes);
  const started = events.find(
    ({ activityTaskStartedEventAttributes: attributes }) =>
      attributes && String(attributes.scheduledEventId) === String(scheduled?.eventId),
  );
  if (task === undefined || scheduled === undefined || started === undefined) {
    throw new Error('The history shows no activity of the update');
  }
  return {
    totalMs: Math.max(1, receivedMs - begunMs),
    sendMs: timeOf(task) - begunMs,
    taskMs: timeOf(scheduled) - timeOf(task),
    dispatchMs: timeOf(started) - timeOf(scheduled),
    activityMs: receivedMs - timeOf(started),
  };
}

/** An attempt that waits for the person's code. */
export async function challenged(world: BenchWorld, userId: string): Promise<string> {
  const { workflowId } = await world.client.start(link(userId, 'AU00002'));
  await world.until(workflowId, ({ phase }) => phase === 'awaiting-mfa');
  return workflowId;
}

export async function answerJourney(world: BenchWorld, workflowId: string): Promise<Journey> {
  const { jobId } = await world.client.status(workflowId);
  const begunMs = Date.now();
  await world.client.submitMfaAnswer(workflowId, { response: ['1234'] });
  const requests = await world.admin.requests('POST /jobs/:jobId/mfa');
  const receipt = requests.find((request) => request.jobId === jobId);
  if (receipt === undefined) throw new Error('The sandbox has no answer');
  const events = await eventsOf(world.temporal.workflow.getHandle(workflowId));
  return journeyOf(events, begunMs, Date.parse(receipt.at));
}

async function bareJourney({ temporal }: BenchWorld): Promise<Journey & { roundTripMs: number }> {
  const workflowId = `bare:${randomUUID()}`;
  const handle = await temporal.workflow.start('bareAnswer', { workflowId, taskQueue: BARE_TASK_QUEUE });
  // As an attempt that waits for its answer has run its first tasks.
  await handle.query('__temporal_workflow_metadata');
  const begunMs = Date.now();
  const ranAtMs = await handle.executeUpdate(answerUpdate, { args: ['1234'] });
  const roundTripMs = Date.now() - begunMs;
  await handle.result();
  return { ...journeyOf(await eventsOf(handle), begunMs, ranAtMs), roundTripMs };
}
