import { z } from 'zod';
import { create } from '../test/workflows/time-skipping-world';
import { ratioOfMedians, single, spreadOf, type Finding } from './comparison';
import { eventsOf, leftPhaseAtMs } from './history';
import type { Measure, Size } from './measure';
import { PolledTable } from './polled-table';
import { CREDENTIALS, inQueueWorld, type QueueWorld } from './queue-world';

const JobTimes = z.object({ data: z.array(z.object({ jobId: z.string(), updated: z.string() })) });

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const PERIOD_MS = 2 * HOUR_MS;
/** Attempts come in during the first day; the outage ends on the third. */
const BEGUN_WITHIN_MS = 24 * HOUR_MS;
const OUTAGE_MS = 60 * HOUR_MS;
/** How long Basiq's try at the bank takes. */
const TRY_TAKES_MS = 5_000;

export const newsAge: Measure = {
  name: 'news-age',
  title: 'How old the news is when an outage ends',
  about:
    "A bank is down for two and a half days, in whose first day attempts begin at random moments. Basiq's first try after the " +
    'outage finds the bank up, at another moment for each job; the age is from the beginning of that try to the change of the ' +
    "attempt's phase, in Basiq's time. Beside it a cron job looks at the same jobs every two hours, at fixed times, and once when " +
    "the job is begun. This runs the worker's own code on Temporal's time-skipping server, with the sandbox on its clock.",
  run: (size) => inQueueWorld((world) => measure(world, size)),
};

async function measure({ basiqTime }: QueueWorld, size: Size): Promise<Finding> {
  const count = size === 'full' ? 100 : 15;
  const { env, admin, basiq, sandbox } = basiqTime;
  await basiqTime.bank('AU90002', {
    status: 'major-outage',
    recoversAfterTries: null,
    tryTakesMs: TRY_TAKES_MS,
  });
  const table = new PolledTable(basiq, sandbox.url);
  const attempts: { userId: string; workflowId: string; jobId: string }[] = [];

  const begunMs = await env.currentTimeMs();
  const moments: { atMs: number; does: 'begin' | 'poll' | 'end-outage' }[] = [];
  for (let n = 0; n < count; n++) moments.push({ atMs: Math.random() * BEGUN_WITHIN_MS, does: 'begin' });
  for (let atMs = PERIOD_MS; atMs <= OUTAGE_MS + 3 * PERIOD_MS; atMs += PERIOD_MS)
    moments.push({ atMs, does: 'poll' });
  // At no special moment between two polls.
  moments.push({ atMs: OUTAGE_MS + Math.random() * PERIOD_MS, does: 'end-outage' });

  for (const { atMs, does } of moments.sort((one, other) => one.atMs - other.atMs)) {
    const waitMs = begunMs + atMs - (await env.currentTimeMs());
    if (waitMs > 0) await env.sleep(waitMs);
    switch (does) {
      case 'begin': {
        const userId = await basiqTime.newUser();
        const workflowId = await basiqTime.start(create(userId, 'AU90002', CREDENTIALS));
        await basiqTime.until(workflowId, ({ phase }) => phase === 'queued');
        const { jobId } = await basiqTime.jobOf(userId);
        attempts.push({ userId, workflowId, jobId });
        await table.enter(jobId);
        break;
      }
      case 'poll':
        await table.run();
        break;
      case 'end-outage':
        await basiqTime.bank('AU90002', { status: 'operational' });
    }
  }

  const jobs = await jobTimes(basiqTime);
  const ours: number[] = [];
  const polled: number[] = [];
  let looks = 0;
  const requests = await admin.requests('GET /jobs/:jobId');
  for (const { workflowId, jobId } of attempts) {
    await basiqTime.client.result(workflowId);
    const row = table.rows.find((one) => one.jobId === jobId);
    const leftAtMs = leftPhaseAtMs(await eventsOf(env.client.workflow.getHandle(workflowId)), 'queued');
    const updatedMs = jobs.get(jobId);
    if (row?.newsAtMs == null || leftAtMs === null || updatedMs === undefined)
      throw new Error('A job has no news');
    const triedAtMs = updatedMs - TRY_TAKES_MS;
    ours.push((leftAtMs - triedAtMs) / MINUTE_MS);
    polled.push((row.newsAtMs - triedAtMs) / MINUTE_MS);
    looks += requests.filter((request) => request.jobId === jobId).length - row.looks;
  }

  const age = spreadOf(ours);
  const polledAge = spreadOf(polled);
  return {
    comparisons: [
      {
        what: 'age of the news, median',
        unit: 'minutes',
        ours: age,
        other: { name: 'fixed two-hour poll', figure: polledAge },
        ratio: ratioOfMedians(age, polledAge),
        goal: { of: 'ours', bound: 'at most', value: 3 },
      },
      {
        what: 'looks at a job until then',
        unit: 'calls',
        ours: single(looks / count),
        other: { name: 'fixed two-hour poll', figure: single(table.looks / count) },
        ratio: ratioOfMedians(single(looks), single(table.looks)),
        goal: { of: 'ratio', bound: 'at most', value: 1 },
      },
    ],
    notes: [`${count} attempts; each of Basiq's tries takes ${TRY_TAKES_MS / 1_000} s`],
  };
}

/** When each job last moved, by the sandbox's clock. */
async function jobTimes({ sandbox }: QueueWorld['basiqTime']): Promise<Map<string, number>> {
  const response = await fetch(`${sandbox.url}/_sandbox/jobs`);
  const { data } = JobTimes.parse(await response.json());
  return new Map(data.map(({ jobId, updated }) => [jobId, Date.parse(updated)]));
}
