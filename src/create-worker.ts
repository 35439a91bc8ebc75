import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Worker, type NativeConnection, type WorkerOptions } from '@temporalio/worker';
import { createActivities } from './activities';
import type { ActivitySettings } from './activities/activity-settings';

export interface CreateWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  settings: ActivitySettings;
}

/** Reads messages that Temporal's own converter would choke on. Also what replays must be given. */
export const ATTEMPT_DATA_CONVERTER = {
  payloadConverterPath: require.resolve('./workflows/payload-converter'),
};

/** A watch holds a slot and only waits, so there are many; the limit on calls to Basiq is in the Basiq client. */
const ACTIVITY_SLOTS = 2_000;

/** A Temporal worker with the workflow and its activities; the same in production, demo and tests. */
export async function createWorker({ settings, ...options }: CreateWorkerOptions): Promise<Worker> {
  return Worker.create({
    ...options,
    ...workflowCode(),
    dataConverter: ATTEMPT_DATA_CONVERTER,
    activities: createActivities(settings),
    maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
    shutdownGraceTime: '10s',
  });
}

/** The bundle that `npm run build` made, or, from source, the workflows to bundle now. */
function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(__dirname, 'workflow-bundle.js');
  return existsSync(codePath)
    ? { workflowBundle: { codePath } }
    : { workflowsPath: join(__dirname, 'workflows') };
}
