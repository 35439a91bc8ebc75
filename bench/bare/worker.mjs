/**
 * A worker of the bare workflows, as a process of its own like ours:
 *
 *   node bench/bare/worker.mjs ADDRESS TASK_QUEUE BUNDLE
 */
import { NativeConnection, Runtime, DefaultLogger, Worker } from '@temporalio/worker';

const [address, taskQueue, codePath] = process.argv.slice(2);
if (codePath === undefined) throw new Error('usage: node bench/bare/worker.mjs ADDRESS TASK_QUEUE BUNDLE');

Runtime.install({ logger: new DefaultLogger('WARN') });
const connection = await NativeConnection.connect({ address });
const worker = await Worker.create({
  connection,
  taskQueue,
  workflowBundle: { codePath },
  activities: { noOp: () => undefined, now: () => Date.now() },
});
await worker.run();
await connection.close();
