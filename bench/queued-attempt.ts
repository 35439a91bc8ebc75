import { create } from '../test/workflows/time-skipping-world';
import { BARE_TASK_QUEUE } from './bench-world';
import { ratioOfMedians, single, type Comparison, type Finding, type Unit } from './comparison';
import { figure } from './figures';
import { actionsIn, eventsOf } from './history';
import type { Measure } from './measure';
import { PolledTable } from './polled-table';
import { CREDENTIALS, inQueueWorld, type QueueWorld } from './queue-world';

const TRIES = 84;
const TWO_HOURS_MS = 2 * 3_600_000;

export const queuedAttempt: Measure = {
  name: 'queued',
  title: 'A queued attempt that expires on the 84th try',
  about:
    "The bank stays down for all of Basiq's seven days, which pass on Temporal's time-skipping server, with the sandbox on its " +
    'clock. Beside the attempt a bare workflow waits for a job of its own by a timer of two hours and an activity that looks, in ' +
    'turn, and a cron job looks every two hours at each job in a table (no Temporal: no events, no actions). Actions are ' +
    'counted as Temporal Cloud counts them: the start, each try of an activity, each heartbeat that reaches the server, timers, ' +
    'upserts.',
  run: () => inQueueWorld(measure),
};

interface Cost {
  events: number;
  actions: number;
  /** reads of the job */
  looks: number;
  /** all calls to Basiq but those for tokens */
  calls: number;
}

async function measure(world: QueueWorld): Promise<Finding> {
  const beats = await world.heartbeats();
  const ours = await attemptCost(world);
  const ourBeats = (await world.heartbeats()) - beats;
  const bare = await timerCost(world);
  const cron = await cronCost(world);
  const row = (
    what: string,
    unit: Unit,
    mine: number,
    other: number,
    goal: Comparison['goal'],
  ): Comparison => ({
    what,
    unit,
    ours: single(mine),
    other: { name: 'timer + activity', figure: single(other) },
    ratio: ratioOfMedians(single(mine), single(other)),
    goal,
  });
  return {
    comparisons: [
      row('history events of seven days', 'events', ours.events, bare.events, {
        of: 'ours',
        bound: 'at most',
        value: 45,
      }),
      row('Temporal actions of seven days', 'actions', ours.actions + ourBeats, bare.actions, null),
      {
        ...row("calls to Basiq for each of Basiq's tries", 'calls', ours.calls / TRIES, cron.calls / TRIES, {
          of: 'ours',
          bound: 'at most',
          value: 1.1,
        }),
        other: { name: 'cron every two hours', figure: single(cron.calls / TRIES) },
      },
    ],
    notes: [
      `calls of the attempt: ${ours.calls}, of which looks ${ours.looks}; timer + activity: ${bare.calls}; cron: ${cron.calls}`,
      `of the actions ${figure(ourBeats)} are heartbeats`,
      "the cron job's other cost is not in the table: a process that runs every two hours, and a row that somebody keeps",
      'counted once: nothing in it depends on the machine',
    ],
  };
}

async function attemptCost({ basiqTime }: QueueWorld): Promise<Cost> {
  const userId = await basiqTime.newUser();
  const workflowId = await basiqTime.start(create(userId, 'AU90002', CREDENTIALS));
  const { code } = await basiqTime.failure(workflowId);
  if (code !== 'temporary-unavailable') throw new Error(`The queued attempt ended ${code}`);
  const events = await eventsOf(basiqTime.env.client.workflow.getHandle(workflowId));
  const { jobId, queueTries } = await basiqTime.jobOf(userId);
  if (queueTries !== TRIES) throw new Error(`Basiq tried ${queueTries} times`);
  return {
    events: events.length,
    actions: actionsIn(events),
    ...(await callsFor(basiqTime, userId, jobId, 1)),
  };
}

async function timerCost({ basiqTime }: QueueWorld): Promise<Cost> {
  const userId = await basiqTime.newUser();
  const handle = await basiqTime.env.client.workflow.start('timerAndActivity', {
    workflowId: `bare:${userId}`,
    taskQueue: BARE_TASK_QUEUE,
    args: [userId, TWO_HOURS_MS],
  });
  await handle.result();
  const events = await eventsOf(handle);
  const { jobId } = await basiqTime.jobOf(userId);
  return {
    events: events.length,
    actions: actionsIn(events),
    ...(await callsFor(basiqTime, userId, jobId, 0)),
  };
}

async function cronCost({ basiqTime }: QueueWorld): Promise<Cost> {
  const { basiq, sandbox, env } = basiqTime;
  const userId = await basiqTime.newUser();
  const { jobId } = await basiq.createConnection(userId, CREDENTIALS, 'AU90002');
  const table = new PolledTable(basiq, sandbox.url);
  await table.enter(jobId);
  while (!table.isDone) {
    await env.sleep(TWO_HOURS_MS);
    await table.run();
  }
  return { events: 0, actions: 0, ...(await callsFor(basiqTime, userId, jobId, 0)) };
}

/** `beside`: calls for the attempt that name neither its person nor its job, such as that for the institution. */
async function callsFor(
  { admin }: QueueWorld['basiqTime'],
  userId: string,
  jobId: string,
  beside: number,
): Promise<Pick<Cost, 'looks' | 'calls'>> {
  const requests = await admin.requests();
  const looks = requests.filter(({ path }) => path === `/jobs/${jobId}`).length;
  const others = requests.filter(({ path }) => path.startsWith(`/users/${userId}/`)).length;
  return { looks, calls: looks + others + beside };
}
