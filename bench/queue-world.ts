import type { Worker } from '@temporalio/worker';
import { DefaultLogger, Runtime, Worker as TemporalWorker } from '@temporalio/worker';
import path from 'node:path';
import { readJob } from '../src/basiq/job';
import { TimeSkippingWorld } from '../test/workflows/time-skipping-world';
import { freePort } from '../tools/free-ports';
import { BARE_TASK_QUEUE } from './bench-world';
import { countOf, requestCounts } from './request-counts';

/** The SDK's runtime is one for the process, and so are its counts. */
let metricsUrl: string | null = null;

/**
 * Temporal's time-skipping server with our worker and the bare one, both in this process, and a sandbox that follows the
 * server's clock: Basiq's seven days pass in seconds, by Basiq's own time.
 */
export class QueueWorld {
  private constructor(
    readonly basiqTime: TimeSkippingWorld,
    private readonly bareWorker: Worker,
    private readonly bareRuns: Promise<void>,
  ) {}

  static async start(): Promise<QueueWorld> {
    if (metricsUrl === null) {
      const bindAddress = `127.0.0.1:${await freePort()}`;
      Runtime.install({
        logger: new DefaultLogger('ERROR'),
        telemetryOptions: { metrics: { prometheus: { bindAddress } } },
      });
      metricsUrl = `http://${bindAddress}/metrics`;
    }
    const basiqTime = await TimeSkippingWorld.start();
    const { env, basiq, sandbox } = basiqTime;
    const jobIsQueued = async (jobId: string): Promise<boolean> =>
      readJob((await basiq.getJob(jobId)).body, sandbox.url).state === 'queued';
    const bareWorker = await TemporalWorker.create({
      connection: env.nativeConnection,
      taskQueue: BARE_TASK_QUEUE,
      workflowsPath: path.join(__dirname, 'bare', 'workflows.ts'),
      activities: {
        jobIsQueued,
        startJob: async (userId: string) =>
          (await basiq.createConnection(userId, CREDENTIALS, 'AU90002')).jobId,
      },
    });
    return new QueueWorld(basiqTime, bareWorker, bareWorker.run());
  }

  /** Heartbeats that reached the server, of all workers in this process so far. */
  async heartbeats(): Promise<number> {
    if (metricsUrl === null) return 0;
    return countOf(await requestCounts(metricsUrl, 'temporal_request'), 'RecordActivityTaskHeartbeat');
  }

  async stop(): Promise<void> {
    this.bareWorker.shutdown();
    await this.bareRuns;
    await this.basiqTime.stop();
  }
}

export const CREDENTIALS = { loginId: 'Gilfoyle', password: 'PiedPiper' };

export async function inQueueWorld<T>(use: (world: QueueWorld) => Promise<T>): Promise<T> {
  const world = await QueueWorld.start();
  try {
    return await use(world);
  } finally {
    await world.stop();
  }
}
