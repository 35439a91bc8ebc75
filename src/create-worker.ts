import { existsSync } from 'node:fs';
import { join } from 'node:path';
import {
  Worker,
  type NativeConnection,
  type WorkerDeploymentOptions,
  type WorkerOptions,
} from '@temporalio/worker';
import { createActivities } from './activities';
import type { ActivitySettings } from './activities/activity-settings';
import type { DeploymentVersion } from './deployment-routing';
import { attemptInTelemetry } from './telemetry/attempt-in-telemetry';
import type { Tracing } from './telemetry/tracing';

export interface CreateWorkerOptions {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  settings: ActivitySettings;
  /** null: not versioned, it takes whatever is on the task queue */
  deployment?: DeploymentVersion | null;
  /** null: no traces are made */
  tracing?: Tracing | null;
}

/** Reads messages that Temporal's own converter would choke on. Also what replays must be given. */
export const ATTEMPT_DATA_CONVERTER = {
  payloadConverterPath: require.resolve('./workflows/payload-converter'),
};

/** A watch holds a slot and only waits, so there are many; the limit on calls to Basiq is in the Basiq client. */
const ACTIVITY_SLOTS = 2_000;

/**
 * Workflows kept in memory between their tasks, at about a tenth of a megabyte each; another is rebuilt from its history
 * when it has something to do. Temporal's default goes by the size of the heap and would keep thousands, most of
 * them attempts that wait for days in Basiq's queue. The limit on calls to Basiq lets fewer than these be active at once.
 */
const CACHED_WORKFLOWS = 300;

/** A Temporal worker with the workflow and its activities; the same in production, demo and tests. */
export async function createWorker({
  settings,
  deployment = null,
  tracing = null,
  ...options
}: CreateWorkerOptions): Promise<Worker> {
  const { workflowModules, ...code } = tracing === null ? plainWorkflows() : tracedWorkflows();
  return Worker.create({
    ...options,
    ...code,
    ...(deployment === null ? {} : { workerDeploymentOptions: versioned(deployment) }),
    dataConverter: ATTEMPT_DATA_CONVERTER,
    activities: createActivities(settings),
    interceptors: {
      activity: [...(tracing === null ? [] : [tracing.activityInterceptors]), attemptInTelemetry],
      workflowModules,
    },
    ...(tracing === null ? {} : { sinks: tracing.sinks }),
    maxConcurrentActivityTaskExecutions: ACTIVITY_SLOTS,
    maxCachedWorkflows: CACHED_WORKFLOWS,
    shutdownGraceTime: '10s',
  });
}

/**
 * An attempt stays with the version that began it. With versions that change in the middle of an attempt (AUTO_UPGRADE)
 * a team would need patches and replays just as without versions.
 */
function versioned({ name, buildId }: DeploymentVersion): WorkerDeploymentOptions {
  return {
    useWorkerVersioning: true,
    version: { deploymentName: name, buildId },
    defaultVersioningBehavior: 'PINNED',
  };
}

type WorkflowCode = Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath' | 'bundlerOptions'> & {
  workflowModules: string[];
};

export function plainWorkflows(): WorkflowCode {
  return builtOrFromSource('workflow-bundle.js', []);
}

/** Another bundle, because OpenTelemetry within the workflows costs memory and time: who wants no traces pays nothing. */
function tracedWorkflows(): WorkflowCode {
  return builtOrFromSource('workflow-bundle-traced.js', [require.resolve('./telemetry/workflow-tracing')]);
}

/** The bundle that `npm run build` made, or, from source, the workflows to bundle now. */
function builtOrFromSource(bundle: string, workflowModules: string[]): WorkflowCode {
  const codePath = join(__dirname, bundle);
  return existsSync(codePath)
    ? { workflowBundle: { codePath }, workflowModules: [] }
    : {
        workflowsPath: join(__dirname, 'workflows'),
        bundlerOptions: { preloadModules: [join(__dirname, 'workflows', 'preloaded')] },
        workflowModules: [join(__dirname, 'workflows', 'keep-to-history'), ...workflowModules],
      };
}
