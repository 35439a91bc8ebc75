import { setTimeout as delay } from 'node:timers/promises';
import { inParallel, inWorld, link, range, type BenchWorld } from './bench-world';
import { ratioOfMedians, single, spreadOf, type Finding } from './comparison';
import { figure, spreadText, withUnit } from './figures';
import { answerJourney, challenged } from './mfa-answer';
import type { Measure, Size } from './measure';
import { residentMb } from './process-load';
import { countOf, requestCounts } from './request-counts';

const IN_FLIGHT = 40;
const FIRST = 1_000;
/** V8 gives memory back some time after a load; what is measured is what stays. */
const SETTLE_MS = 30_000;

export const parkedAttempts: Measure = {
  name: 'parked',
  title: 'Ten thousand parked attempts',
  about:
    "Attempts at a bank that stays unavailable wait in Basiq's queue, on one server and one worker. The memory of the worker is " +
    'read half a minute after the last of them was parked; the workflow tasks are counted by the server. The answer of a person ' +
    'beside them is measured in turns with one on a second server, with a worker and a sandbox of its own, where nothing is parked.',
  run: (size) => inWorld((idle) => inWorld((world) => measure(world, idle, size))),
};

async function measure(world: BenchWorld, idle: BenchWorld, size: Size): Promise<Finding> {
  const all = size === 'full' ? 10_000 : FIRST;
  const turns = size === 'full' ? 40 : 10;
  const worker = await world.startWorker();
  await idle.startWorker();

  // What is compiled and connected on first use is no part of what a parked attempt costs.
  await parkMore(world, 10);
  await delay(5_000);
  const emptyMb = residentMb(worker.pid);

  const beganMs = performance.now();
  const parked = await parkMore(world, FIRST);
  await delay(SETTLE_MS);
  const firstMb = residentMb(worker.pid);
  parked.push(...(await parkMore(world, all - FIRST)));
  const perSecond = (all / (performance.now() - beganMs)) * 1_000;
  await delay(all > FIRST ? SETTLE_MS : 0);
  const allMb = residentMb(worker.pid);

  const tasks = await workflowTasksIn(world, 60_000);
  const queries = await queryTimes(world, parked, turns);
  const busyAnswers: number[] = [];
  const idleAnswers: number[] = [];
  for (const turn of range(turns + 2)) {
    const beside = await answer(world);
    const alone = await answer(idle);
    if (turn < 2) continue;
    busyAnswers.push(beside);
    idleAnswers.push(alone);
  }

  return {
    comparisons: [
      {
        what: `workflow tasks in a minute, ${figure(all)} parked`,
        unit: 'tasks',
        ours: single(tasks),
        other: null,
        ratio: null,
        goal: { of: 'ours', bound: 'at most', value: 0 },
      },
      {
        what: `worker memory, ${figure(all)} parked`,
        unit: 'MB',
        ours: single(allMb),
        other: { name: `${figure(FIRST)} parked`, figure: single(firstMb) },
        ratio: ratioOfMedians(single(allMb), single(firstMb)),
        goal: { of: 'ratio', bound: 'at most', value: 1.1 },
      },
      {
        what: 'MFA answer beside them',
        unit: 'ms',
        ours: spreadOf(busyAnswers),
        other: { name: 'nothing parked', figure: spreadOf(idleAnswers) },
        ratio: ratioOfMedians(spreadOf(busyAnswers), spreadOf(idleAnswers)),
        goal: { of: 'ratio', bound: 'at most', value: 1.2 },
      },
    ],
    notes: [
      `the worker with nothing parked: ${withUnit(emptyMb, 'MB')}; above that with ${figure(FIRST)}: ${withUnit(firstMb - emptyMb, 'MB')}, with ${figure(all)}: ${withUnit(allMb - emptyMb, 'MB')}`,
      `query of a parked attempt, chosen at random: ${spreadText(spreadOf(queries), 'ms')}`,
      `they were parked at ${withUnit(perSecond, 'a second')}; each is looked at every two hours, so that ${figure(all)} make ${figure(all / 7_200)} looks a second`,
      'flat is read as: with all of them at most a tenth more memory than with the first thousand',
    ],
  };
}

async function parkMore(world: BenchWorld, count: number): Promise<string[]> {
  const workflowIds: string[] = [];
  await inParallel(await world.newUsers(count), IN_FLIGHT, async (userId) => {
    const { workflowId } = await world.client.start(link(userId, 'AU90002'));
    workflowIds.push(workflowId);
  });
  await untilParked(world, workflowIds);
  return workflowIds;
}

async function untilParked(world: BenchWorld, workflowIds: readonly string[]): Promise<void> {
  for (;;) {
    const { count } = await world.temporal.workflow.count(
      'ConnectionPhase != "queued" AND ExecutionStatus = "Running"',
    );
    if (count === 0) break;
    await delay(250);
  }
  // The last one's watch may still be about to begin.
  const last = workflowIds.at(-1);
  if (last !== undefined) await world.until(last, ({ looks }) => looks?.lastResult != null);
}

async function workflowTasksIn(world: BenchWorld, forMs: number): Promise<number> {
  const done = async (): Promise<number> =>
    countOf(await requestCounts(world.metricsUrl, 'service_requests'), 'RespondWorkflowTaskCompleted');
  const before = await done();
  await delay(forMs);
  return (await done()) - before;
}

async function queryTimes(
  world: BenchWorld,
  workflowIds: readonly string[],
  count: number,
): Promise<number[]> {
  const taken: number[] = [];
  for (const turn of range(count)) {
    const workflowId = workflowIds[Math.floor(((turn + Math.random()) / count) * workflowIds.length)];
    if (workflowId === undefined) continue;
    const begunMs = performance.now();
    await world.client.status(workflowId);
    taken.push(performance.now() - begunMs);
  }
  return taken;
}

async function answer(world: BenchWorld): Promise<number> {
  const [userId = ''] = await world.newUsers(1);
  return (await answerJourney(world, await challenged(world, userId))).totalMs;
}
