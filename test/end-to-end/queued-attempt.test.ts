import type { AttemptProgress } from '../../src/client';
import { AttemptWorld, type Stage } from './attempt-world';
import { linking } from './linking';

/**
 * Seven days in 101 seconds, a try each 1.2 s: the dev server takes about a second to retry an activity, whatever was
 * asked for, so a faster queue would not be looked at 84 times.
 */
const QUEUE_SCALE = 6_000;

let world: AttemptWorld;
let stage: Stage;
beforeAll(async () => {
  world = await AttemptWorld.start();
  stage = await world.stage({ sandbox: { queueScale: QUEUE_SCALE } });
  await stage.startWorker();
}, 120_000);
afterAll(() => world.stop(), 60_000);

async function historyOf(workflowId: string) {
  return (await world.temporal.workflow.getHandle(workflowId).fetchHistory()).events ?? [];
}

function textOf(payload: { data?: Uint8Array | null } | null | undefined): string {
  return Buffer.from(payload?.data ?? []).toString('utf8');
}

describe('an attempt whose bank stays down for all of the seven days', () => {
  const seen: AttemptProgress[] = [];
  let workflowId: string;
  let userId: string;
  let ended: Promise<unknown>;
  beforeAll(async () => {
    userId = await stage.newUser();
    ({ workflowId } = await stage.client.start(linking(userId, 'AU90002')));
    const watched = async (): Promise<void> => {
      for await (const progress of stage.client.watch(workflowId)) seen.push(progress);
    };
    ended = Promise.all([expectExpired(), watched()]);
    // Kept for the last test, which reports it.
    ended.catch(() => undefined);
  });

  async function expectExpired(): Promise<void> {
    await expect(stage.client.result(workflowId)).rejects.toMatchObject({
      code: 'temporary-unavailable',
      failure: { step: 'verify-credentials', actor: 'person', tryAgain: 'later' },
    });
  }

  test('shows in its status how often it looked and when it looks next', async () => {
    const first = await stage.until(workflowId, ({ looks }) => (looks?.made ?? 0) >= 2);
    const [job] = await stage.admin.jobsOf(userId);
    expect(first).toMatchObject({ phase: 'queued', waitingOn: 'bank', jobId: job!.jobId });
    expect(first.outage!.until).toBe(first.waitingUntil);
    const lengthMs = Date.parse(first.outage!.until) - Date.parse(first.outage!.since);
    expect(lengthMs).toBeCloseTo((7 * 24 * 3_600_000) / QUEUE_SCALE, -1);

    const later = await stage.until(
      workflowId,
      ({ looks }) => (looks?.made ?? 0) > first.looks!.made && looks?.nextAt != null,
    );
    expect(later.looks!.lastResult).toBe('the bank is still unavailable');
    expect(Date.parse(later.looks!.nextAt!)).toBeGreaterThan(Date.parse(later.outage!.since));
  });

  test("shows in Temporal's UI what it waits for", async () => {
    const handle = world.temporal.workflow.getHandle(workflowId);
    const description = await handle.describe();
    expect(await description.staticSummary()).toBe('Link AU90002');
    const [pending, ...more] = description.raw.pendingActivities ?? [];
    expect(more).toEqual([]);
    expect(pending!.activityType!.name).toBe('watchJob');
    expect(pending!.attempt).toBeGreaterThan(1);

    const { definition, currentDetails } = await handle.query<{
      definition: { type: string };
      currentDetails: string;
    }>('__temporal_workflow_metadata');
    expect(definition.type).toBe('connectionAttempt');
    expect(currentDetails).toContain('**queued**, waiting on the bank until ');
    expect(currentDetails).toContain('Bank unavailable since ');
    expect(currentDetails).toContain('Never Back Bank');
    // The person's id is a search attribute; who they are is nowhere.
    expect(currentDetails).not.toContain('jared');

    const summaries = (await historyOf(workflowId)).map(({ userMetadata }) => textOf(userMetadata?.summary));
    expect(summaries).toContainEqual(
      expect.stringMatching(/^"Bank unavailable since 20\S+Z; looks every 1200 ms until 20\S+Z"$/),
    );
  });

  test('is found by what it waits for', async () => {
    const found: string[] = [];
    for await (const attempt of stage.client.list({ phase: 'queued', waitingOn: 'bank', userId })) {
      found.push(attempt.workflowId);
    }
    expect(found).toEqual([workflowId]);
  });

  test('ends with the verdict of Basiq, after at most 45 events and one POST', async () => {
    await ended;
    const events = await historyOf(workflowId);
    expect(events.length).toBeLessThanOrEqual(45);

    const [job] = await stage.admin.jobsOf(userId);
    expect(job).toMatchObject({ state: 'failed', queueTries: 84 });
    const looks = (await stage.admin.requests('GET /jobs/:jobId')).filter(
      ({ jobId }) => jobId === job!.jobId,
    );
    // One look for each of Basiq's tries; the dev server may be late and miss some.
    expect(looks.length).toBeGreaterThan(30);
    expect(looks.length).toBeLessThanOrEqual(92);
    const posts = (await stage.admin.requests('POST /users/:userId/connections')).filter(({ path }) =>
      path.includes(userId),
    );
    expect(posts).toHaveLength(1);

    const phases = seen.map(({ phase }) => phase);
    expect(phases).toContain('queued');
    expect(phases.at(-1)).toBe('failed');
    expect(new Set(seen.map((progress) => JSON.stringify(progress))).size).toBe(seen.length);
    expect((await stage.client.status(workflowId)).looks).toBeNull();
  }, 300_000);
});
