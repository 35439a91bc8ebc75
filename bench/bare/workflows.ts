/** What the attempts are measured against: the least that Temporal needs for the same steps. */
import {
  condition,
  defineUpdate,
  proxyActivities,
  setHandler,
  sleep,
  upsertSearchAttributes,
} from '@temporalio/workflow';

export interface BareActivities {
  noOp: () => Promise<void>;
  now: () => Promise<number>;
  startJob: (userId: string) => Promise<string>;
  jobIsQueued: (jobId: string) => Promise<boolean>;
}

const { noOp, now, startJob, jobIsQueued } = proxyActivities<BareActivities>({ startToCloseTimeout: '1m' });

export type BareStep = { does: 'activity' } | { does: 'upsert'; attributes: Record<string, string[]> };

/** As many activities and upserts as it is told, in that order. */
export async function bareSteps(steps: BareStep[]): Promise<void> {
  for (const step of steps) {
    if (step.does === 'activity') await noOp();
    else upsertSearchAttributes(step.attributes);
  }
}

export const answerUpdate = defineUpdate<number, [string]>('answer');

/** An update whose handler runs one activity: its result is the time at which that activity ran. */
export async function bareAnswer(): Promise<void> {
  let ranAtMs = 0;
  setHandler(answerUpdate, async () => (ranAtMs = await now()));
  await condition(() => ranAtMs > 0);
}

/** A queued job as it is usually waited for: a timer, then an activity that looks, and again. */
export async function timerAndActivity(userId: string, everyMs: number): Promise<void> {
  const jobId = await startJob(userId);
  while (await jobIsQueued(jobId)) await sleep(everyMs);
}
