import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { DEFAULT_TASK_QUEUE, WORKFLOW_TYPE } from '../src/contract/names';
import { startChild, type RunningChild } from '../tools/child-process';
import { withoutTemporalSettings } from '../tools/temporal-environment';
import { BARE_TASK_QUEUE, bareWorkerArgs, inWorld, range, type BenchWorld } from './bench-world';
import { ratioByTurn, spreadOf, type Finding } from './comparison';
import { eventsOf, timeOf } from './history';
import type { Measure, Size } from './measure';

const ROOT = path.join(__dirname, '..');

export const startUp: Measure = {
  name: 'start-up',
  title: 'Start-up',
  about:
    'From the start of `npm run worker` to its first workflow task, which waits for it, beside the start of a bare worker by ' +
    'node; both have their workflows bundled. And from the start of `npm run demo` to the first attempt that has succeeded in ' +
    'it, with everything set up already.',
  run: (size) => inWorld((world) => measure(world, size)),
};

async function measure(world: BenchWorld, size: Size): Promise<Finding> {
  const turns = size === 'full' ? 5 : 1;
  const bundle = await world.bareBundle();
  const ours: number[] = [];
  const bare: number[] = [];
  for (const turn of range(turns + 1)) {
    const worker = await firstTaskMs(world, WORKFLOW_TYPE, DEFAULT_TASK_QUEUE, {
      command: 'npm',
      args: ['run', 'worker'],
      env: {
        ...withoutTemporalSettings(),
        ...world.workerEnv,
        TEMPORAL_ADDRESS: world.server.address,
        TEMPORAL_NAMESPACE: 'default',
      },
    });
    const bareWorker = await firstTaskMs(world, 'bareSteps', BARE_TASK_QUEUE, {
      command: process.execPath,
      args: bareWorkerArgs(world.server.address, bundle),
      env: {},
    });
    // The first turn reads everything into the system's memory.
    if (turn === 0) continue;
    ours.push(worker / 1_000);
    bare.push(bareWorker / 1_000);
  }
  const demos = [(await demoMs()) / 1_000];
  while (size === 'full' && demos.length < 3) demos.push((await demoMs()) / 1_000);
  return {
    comparisons: [
      {
        what: 'npm run worker, to its first task',
        unit: 's',
        ours: spreadOf(ours),
        other: { name: 'bare worker', figure: spreadOf(bare) },
        ratio: ratioByTurn(ours, bare),
        goal: null,
      },
      {
        what: 'npm run demo, to the first success',
        unit: 's',
        ours: spreadOf(demos),
        other: null,
        ratio: null,
        goal: null,
      },
    ],
    notes: [
      'before it takes a task, our worker asks Basiq which API version its key is for and Temporal which search attributes it has; npm and the check that the build is current come first',
    ],
  };
}

/** Both times are this machine's clock: the dev server runs on it. */
async function firstTaskMs(
  { temporal }: BenchWorld,
  workflowType: string,
  taskQueue: string,
  process: { command: string; args: string[]; env: Record<string, string | undefined> },
): Promise<number> {
  // An input that is refused, or nothing to do: the workflow ends with its first task.
  const handle = await temporal.workflow.start(workflowType, {
    workflowId: `start-up:${randomUUID()}`,
    taskQueue,
    args: [[]],
  });
  const begunMs = Date.now();
  const child = await startChild({ name: 'worker', cwd: ROOT, ...process });
  try {
    await Promise.race([
      handle.result().catch(() => undefined),
      child.ended.then(() => Promise.reject(new Error(`The worker ended: ${child.output()}`))),
    ]);
    const first = (await eventsOf(handle)).find((event) => event.workflowTaskStartedEventAttributes);
    if (first === undefined) throw new Error('No task was started');
    return timeOf(first) - begunMs;
  } finally {
    await endAll(child);
  }
}

async function demoMs(): Promise<number> {
  const begunMs = performance.now();
  const demo = await startChild({
    name: 'demo',
    command: 'npm',
    args: ['run', 'demo', '--', '--yes'],
    cwd: ROOT,
  });
  try {
    await demo.waitForLine(/ s +a .*: succeeded/, 120_000);
    return performance.now() - begunMs;
  } finally {
    await endAll(demo);
  }
}

/** npm may end before what it started has: the whole group is ended, or a worker would take the next turn's task. */
async function endAll(child: RunningChild): Promise<void> {
  child.kill();
  await child.ended;
}
