/**
 * Is this container's worker at work? Asks Temporal whether it has heard this host poll the task queue lately, for
 * workflows and for activities. Says nothing about Basiq: an outage there is what the worker waits for.
 * Ends with 0 or 1.
 */
import { hostname } from 'node:os';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import proto from '@temporalio/proto';
import names from '../dist/contract/names.js';

// A poll waits for up to a minute, and is noted when it begins.
const RECENT_MS = 120_000;
const { TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY } = proto.temporal.api.enums.v1.TaskQueueType;

const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
// As the worker reads it: empty is not set.
const taskQueue = process.env.TEMPORAL_TASK_QUEUE?.trim() || names.DEFAULT_TASK_QUEUE;

async function isPolling(connection, taskQueueType) {
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
    taskQueueType,
  });
  return pollers.some(
    ({ identity, lastAccessTime }) =>
      identity.endsWith(`@${hostname()}`) && Date.now() - Number(lastAccessTime.seconds) * 1000 < RECENT_MS,
  );
}

try {
  const connection = await Connection.connect({ ...connectionOptions, connectTimeout: 5_000 });
  const polling = await Promise.all(
    [TASK_QUEUE_TYPE_WORKFLOW, TASK_QUEUE_TYPE_ACTIVITY].map((type) => isPolling(connection, type)),
  );
  if (!polling.every(Boolean)) throw new Error(`no recent poll of ${taskQueue} from ${hostname()}`);
  console.log(`${hostname()} polls ${taskQueue}`);
  process.exit(0);
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
