import { Connection } from '@temporalio/client';
import path from 'node:path';
import { startChild, type OutputLine, type RunningChild } from './child-process';
import { withoutTemporalSettings } from './temporal-environment';

export interface WorkerProcessOptions {
  /** Temporal's gRPC address. */
  readonly address: string;
  readonly basiqUrl: string;
  readonly basiqApiKey: string;
  readonly taskQueue: string;
  /** More of the worker's settings, or others. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** The folder of the build to run; dist/ if not given. */
  readonly build?: string;
  readonly onLine?: (line: OutputLine) => void;
}

/** The worker of a build, as a process of its own; it takes tasks when this returns. */
export async function startWorkerProcess(options: WorkerProcessOptions): Promise<RunningChild> {
  const build = options.build ?? path.join(__dirname, '..', 'dist');
  const child = await startChild({
    name: 'worker',
    command: process.execPath,
    args: [path.join(build, 'worker.js')],
    env: {
      ...withoutTemporalSettings(),
      TEMPORAL_ADDRESS: options.address,
      TEMPORAL_NAMESPACE: 'default',
      TEMPORAL_TASK_QUEUE: options.taskQueue,
      BASIQ_API_URL: options.basiqUrl,
      BASIQ_API_KEY: options.basiqApiKey,
      ...options.env,
    },
    ...(options.onLine === undefined ? {} : { onLine: options.onLine }),
  });
  try {
    const connection = await Connection.connect({ address: options.address });
    try {
      await child.waitUntil(() => polls(connection, options.taskQueue, child.pid), 60_000);
    } finally {
      await connection.close();
    }
  } catch (error) {
    await child.stop();
    throw error;
  }
  return child;
}

/** By its pid, which is in a worker's identity: the server lists one that was killed for minutes more. */
async function polls(connection: Connection, taskQueue: string, pid: number): Promise<boolean> {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace: 'default',
    taskQueue: { name: taskQueue },
  });
  return pollers.some(({ identity }) => new RegExp(`\\b${pid}\\b`).test(identity ?? ''));
}
