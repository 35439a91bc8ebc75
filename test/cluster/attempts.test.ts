import type { RunningChild } from '../../tools/child-process';
import { startCluster, type Cluster } from '../../tools/cluster/cluster';
import { AttemptWorld, eventually, type Stage } from '../end-to-end/attempt-world';
import { linking } from '../end-to-end/linking';
import { scenarios, type Told } from './scenarios';

/**
 * Seven days in two and a half minutes, a try each 1.8 s. Not faster: a look that is lost, on a busy machine, is made
 * again after 30 s, whatever the scale, and that must not be days.
 */
const QUEUE_SCALE = 4_000;
/** Of each scenario, all at once. */
const PEOPLE_EACH = 3;

let cluster: Cluster;
let world: AttemptWorld;
beforeAll(async () => {
  world = await AttemptWorld.start(async () => {
    cluster = await startCluster();
    return cluster;
  });
}, 300_000);
afterAll(() => world.stop(), 120_000);

/** The processes that have worked on these attempts, by Temporal's histories. */
async function identities(workflowIds: readonly string[]): Promise<Set<string>> {
  const found = new Set<string>();
  for (const workflowId of workflowIds) {
    const { events } = await world.temporal.workflow.getHandle(workflowId).fetchHistory();
    for (const event of events ?? []) {
      const { workflowTaskStartedEventAttributes: task, activityTaskStartedEventAttributes: activity } =
        event;
      const identity = task?.identity ?? activity?.identity;
      if (identity != null) found.add(identity);
    }
  }
  return found;
}

const isOf =
  ({ pid }: RunningChild) =>
  (identity: string): boolean =>
    new RegExp(`\\b${pid}\\b`).test(identity);

describe('attempts in every phase, on two workers', () => {
  let stage: Stage;
  let workers: RunningChild[];
  const told = new Map<string, Promise<Told[]>>();
  beforeAll(async () => {
    stage = await world.stage({ sandbox: { queueScale: QUEUE_SCALE, stepMs: 200 } });
    workers = await Promise.all([stage.startWorker(), stage.startWorker()]);
    for (const [name, play] of Object.entries(scenarios)) {
      const people = Promise.all(Array.from({ length: PEOPLE_EACH }, () => play(stage)));
      // Kept for its test, which reports it.
      people.catch(() => undefined);
      told.set(name, people);
    }
  }, 180_000);

  test.each(Object.keys(scenarios))(
    '%s',
    async (name) => {
      for (const { userId, jobs, answers } of (await told.get(name)) ?? []) {
        const made = await stage.admin.jobsOf(userId);
        expect(made).toHaveLength(jobs);
        const sent = await Promise.all(
          made.map(({ jobId }) => stage.admin.count('POST', `/jobs/${jobId}/mfa`)),
        );
        expect(sent.reduce((sum, count) => sum + count, 0)).toBe(answers);
      }
    },
    300_000,
  );

  test('no job was made twice and no answer sent twice, by what Basiq received', async () => {
    const people = (await Promise.all(told.values())).flat();
    expect(people).toHaveLength(Object.keys(scenarios).length * PEOPLE_EACH);
    const sum = (of: (person: Told) => number): number => people.reduce((all, person) => all + of(person), 0);
    const posts = [
      'POST /users/:userId/connections',
      'POST /users/:userId/connections/:connectionId',
      'POST /users/:userId/connections/:connectionId/refresh',
    ];
    const started = await Promise.all(posts.map((route) => stage.callsOf(route)));
    expect(started.reduce((all, count) => all + count, 0)).toBe(sum(({ jobs }) => jobs));
    expect(await stage.callsOf('POST /jobs/:jobId/mfa')).toBe(sum(({ answers }) => answers));
  });

  test('both workers took part', async () => {
    const people = (await Promise.all(told.values())).flat();
    const seen = [...(await identities(people.flatMap(({ workflowIds }) => workflowIds)))];
    for (const worker of workers) expect(seen.filter(isOf(worker))).not.toEqual([]);
  });

  test('each attempt is in the list, under what it came to', async () => {
    const people = (await Promise.all(told.values())).flat();
    for (const { userId, workflowIds } of people.filter(({ jobs }) => jobs > 0)) {
      await eventually(async () => {
        const listed: string[] = [];
        for await (const attempt of stage.client.list({ userId, running: false }))
          listed.push(attempt.workflowId);
        return workflowIds.every((id) => listed.includes(id));
      });
    }
  }, 120_000);
});

describe('in the middle of attempts', () => {
  /** One that asks, one that is queued, and one whose job runs. */
  async function underWay(stage: Stage) {
    const begin = async (institutionId: string) => {
      const userId = await stage.newUser();
      const { workflowId } = await stage.client.start(linking(userId, institutionId));
      return { userId, workflowId };
    };
    const [asking, queued, running] = await Promise.all([
      begin('AU00002'),
      begin('AU90002'),
      begin('AU90007'),
    ]);
    await stage.untilPhase(asking.workflowId, 'awaiting-mfa');
    await stage.until(queued.workflowId, ({ looks }) => (looks?.made ?? 0) >= 1);
    await stage.until(running.workflowId, ({ jobId }) => jobId !== null);
    const all = [asking, queued, running];
    return {
      /** They end as if nothing had happened, and Basiq has one job of each. */
      endRightly: async () => {
        const verdict = await stage.client.submitMfaAnswer(asking.workflowId, { response: ['1234'] });
        expect(verdict).toMatchObject({ outcome: 'accepted' });
        await stage.admin.setBank('AU90002', { status: 'operational' });
        for (const { userId, workflowId } of all) {
          const { jobId } = await stage.client.result(workflowId);
          expect(await stage.admin.jobsOf(userId)).toMatchObject([{ jobId, state: 'succeeded' }]);
        }
        expect(await stage.callsOf('POST /users/:userId/connections')).toBe(all.length);
        expect(await stage.callsOf('POST /jobs/:jobId/mfa')).toBe(1);
      },
      workflowIds: all.map(({ workflowId }) => workflowId),
    };
  }
  // Each step of AU90007 takes twenty times as long: its job runs for half a minute.
  const aStage = (): Promise<Stage> => world.stage({ sandbox: { queueScale: 2_400, stepMs: 500 } });

  test('a worker is stopped: the other goes on with all of it', async () => {
    const stage = await aStage();
    const [first, second] = await Promise.all([stage.startWorker(), stage.startWorker()]);
    const attempts = await underWay(stage);
    first.signal('SIGTERM');
    expect(await first.ended).toEqual({ kind: 'exited', code: 0 });
    await attempts.endRightly();
    expect([...(await identities(attempts.workflowIds))].filter(isOf(second))).not.toEqual([]);
  }, 180_000);

  test('all workers die: the next one goes on with all of it', async () => {
    const stage = await aStage();
    const workers = await Promise.all([stage.startWorker(), stage.startWorker()]);
    const attempts = await underWay(stage);
    for (const worker of workers) worker.kill();
    await Promise.all(workers.map(({ ended }) => ended));
    await stage.startWorker();
    await attempts.endRightly();
  }, 180_000);

  test('PostgreSQL and the Temporal server die and come back: nothing is lost', async () => {
    const stage = await aStage();
    await stage.startWorker();
    const attempts = await underWay(stage);
    for (const part of [cluster.postgresql, cluster.server]) {
      const { pid } = part.process();
      await part.kill();
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
      await part.restart();
      expect(part.process().pid).not.toBe(pid);
    }
    await attempts.endRightly();
  }, 240_000);
});
