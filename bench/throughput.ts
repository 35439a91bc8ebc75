import { randomUUID } from 'node:crypto';
import type { RunningChild } from '../tools/child-process';
import type { BareStep } from './bare/workflows';
import { BARE_TASK_QUEUE, inParallel, inWorld, link, range, type BenchWorld } from './bench-world';
import { ratioByTurn, spreadOf, type Finding } from './comparison';
import { figure } from './figures';
import { eventsOf, stepsIn } from './history';
import type { Measure, Size } from './measure';
import { cpuMs } from './process-load';

const IN_FLIGHT = 40;

export const throughput: Measure = {
  name: 'throughput',
  title: 'Attempts a second',
  about:
    'Plain successes, from `ConnectionsClient.start` to `result`, 40 in flight, at a sandbox whose jobs are done at once; ' +
    'beside them a bare workflow that runs as many activities that do nothing, and upserts the same search attributes, in the ' +
    'order that the history of an attempt shows. Both in turns on one server, each with a worker process of its own. The bare ' +
    'workflow is the limit: it calls nobody, opens no secret and decides nothing. All processes share the cores, so that the ratio ' +
    'is that of the CPU time that one takes, the Temporal server and the sandbox included. What an attempt takes more is mostly the ' +
    "worker's: four HTTP requests with their tokens and answers, the opening of the credentials, and a workflow that awaits more: for " +
    'each promise the SDK keeps a stack trace, and each condition is another call into its sandbox. By the profile those two are ' +
    'most of what is left; no piece of our own code is a tenth of it.',
  run: (size) => inWorld((world) => measure(world, size)),
};

interface Batch {
  perSecond: number;
  /** CPU time for each workflow, in ms, by process */
  cpu: Record<string, number>;
}

async function measure(world: BenchWorld, size: Size): Promise<Finding> {
  const [turns, batch] = size === 'full' ? [7, 200] : [2, 60];
  const worker = await world.startWorker();
  const bareWorker = await world.startBareWorker();

  const [someone = ''] = await world.newUsers(1);
  const { workflowId } = await world.client.start(link(someone, 'AU00000'));
  await world.client.result(workflowId);
  const steps = stepsIn(await eventsOf(world.temporal.workflow.getHandle(workflowId)));

  const ours: Batch[] = [];
  const bare: Batch[] = [];
  for (const turn of range(turns + 1)) {
    const attempts = await runAttempts(world, worker, batch);
    const bares = await runBare(world, bareWorker, steps, batch);
    // The first turn warms up what is compiled and connected on first use.
    if (turn === 0) continue;
    ours.push(attempts);
    bare.push(bares);
  }

  const perSecond = (batches: readonly Batch[]) => batches.map((one) => one.perSecond);
  const activities = steps.filter(({ does }) => does === 'activity').length;
  return {
    comparisons: [
      {
        what: 'attempts a second',
        unit: 'a second',
        ours: spreadOf(perSecond(ours)),
        other: { name: 'bare workflow', figure: spreadOf(perSecond(bare)) },
        ratio: ratioByTurn(perSecond(ours), perSecond(bare)),
        goal: { of: 'ratio', bound: 'at least', value: 0.8 },
      },
    ],
    notes: [
      `${turns} turns of ${batch} each, after one that is not counted; ${activities} activities and ${steps.length - activities} upserts each`,
      `CPU time of an attempt: ${cpuText(ours)}`,
      `CPU time of a bare workflow: ${cpuText(bare)}`,
    ],
  };
}

async function runAttempts(world: BenchWorld, worker: RunningChild, count: number): Promise<Batch> {
  const users = await world.newUsers(count);
  return timed(world, worker, count, () =>
    inParallel(users, IN_FLIGHT, async (userId) => {
      const { workflowId } = await world.client.start(link(userId, 'AU00000'));
      await world.client.result(workflowId);
    }),
  );
}

async function runBare(world: BenchWorld, worker: RunningChild, steps: BareStep[], count: number) {
  return timed(world, worker, count, () =>
    inParallel(range(count), IN_FLIGHT, async () => {
      await world.temporal.workflow.execute('bareSteps', {
        workflowId: `bare:${randomUUID()}`,
        taskQueue: BARE_TASK_QUEUE,
        args: [steps],
      });
    }),
  );
}

async function timed(
  world: BenchWorld,
  worker: RunningChild,
  count: number,
  work: () => Promise<void>,
): Promise<Batch> {
  const pids = {
    'Temporal server': world.server.pid,
    worker: worker.pid,
    sandbox: world.sandbox.child.pid,
    client: process.pid,
  };
  const before = Object.entries(pids).map(([name, pid]) => [name, pid, cpuMs(pid)] as const);
  const begunMs = performance.now();
  await work();
  const tookMs = performance.now() - begunMs;
  const cpu = Object.fromEntries(before.map(([name, pid, ms]) => [name, (cpuMs(pid) - ms) / count]));
  return { perSecond: (count / tookMs) * 1000, cpu };
}

function cpuText(batches: readonly Batch[]): string {
  const names = Object.keys(batches[0]?.cpu ?? {});
  return names
    .map((name) => `${name} ${figure(spreadOf(batches.flatMap(({ cpu }) => cpu[name] ?? [])).median)} ms`)
    .join(', ');
}
