import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection } from '@temporalio/worker';
import type { ActivitySettings } from './activities/activity-settings';
import { POLL_PERIODS } from './activities/watch-job';
import { BasiqClient } from './basiq/basiq-client';
import { queuePeriods } from './basiq/retry-queue';
import { ConfigError, readConfig, type WorkerConfig } from './config';
import { createLogger, temporalLogger, type Logger } from './log';
import { createWorker } from './create-worker';
import { watchDeployment } from './deployment-routing';
import { checkBasiqVersion, checkDeployments, checkSearchAttributes } from './start-checks';
import { logBasiqCall } from './telemetry/basiq-call-log';
import { recordBasiqCall } from './telemetry/basiq-call-span';
import { startTracing } from './telemetry/tracing';
import { startTelemetry, type WorkerTelemetry } from './telemetry/worker-telemetry';
import { writeEvent } from './telemetry/write-event';

/** `npm run worker`: serves the task queue until SIGTERM or SIGINT, then finishes what runs and ends. */
async function main(): Promise<void> {
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  const telemetry = await startTelemetry(config.http, logger, temporalLogger(logger));
  try {
    await work(config, logger, telemetry);
  } finally {
    // Last, so that a worker that drains can be asked.
    await telemetry.close();
  }
}

async function work(config: WorkerConfig, logger: Logger, telemetry: WorkerTelemetry): Promise<void> {
  const { deployment } = config;
  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig();
  if (config.allowPlainSecrets) {
    writeEvent(logger, 'plain-secrets-allowed', {});
  }

  const tracing = config.otlpEndpoint === null ? null : startTracing(config.otlpEndpoint, logger);
  const settings = activitySettings(config, logger, telemetry);
  await checkBasiqVersion(settings.basiq, logger);
  const connection = await NativeConnection.connect(connectionOptions);
  try {
    await checkSearchAttributes(connection.operatorService, namespace, logger);
    if (deployment !== null)
      await checkDeployments(connection.workflowService, deployment, namespace, logger);
    const worker = await createWorker({
      connection,
      namespace,
      taskQueue: config.taskQueue,
      settings,
      deployment,
      tracing,
    });
    telemetry.serves(worker, { connection, namespace, taskQueue: config.taskQueue });
    writeEvent(logger, 'worker-ready', {
      taskQueue: config.taskQueue,
      namespace,
      basiq: config.basiq.apiUrl,
    });
    const routing =
      deployment === null ? null : watchDeployment(connection.workflowService, deployment, namespace, logger);
    try {
      await worker.run();
    } finally {
      routing?.stop();
    }
  } finally {
    await connection.close();
    await tracing?.stop();
  }
}

/** Beside Temporal's own handlers of these signals, which drain the worker. */
function onStop(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => controller.abort());
  return controller.signal;
}

function activitySettings(
  config: WorkerConfig,
  logger: Logger,
  { basiq }: WorkerTelemetry,
): ActivitySettings {
  const { apiUrl, apiKey, maxCallsPerSecond, httpTimeoutMs, queueScale } = config.basiq;
  return {
    basiq: new BasiqClient({
      apiUrl,
      apiKey,
      maxCallsPerSecond,
      timeoutMs: httpTimeoutMs,
      ...basiq,
      onCall: (call) => {
        logBasiqCall(logger, call);
        recordBasiqCall(call);
        basiq.onCall?.(call);
      },
    }),
    apiUrl,
    httpTimeoutMs,
    queue: queuePeriods(queueScale),
    polls: POLL_PERIODS,
    privateKeys: config.privateKeys,
    allowPlainSecrets: config.allowPlainSecrets,
    appApprovalInstitutions: config.appApprovalInstitutions,
    stopping: onStop(),
  };
}

main().catch((error: unknown) => {
  console.error(error instanceof ConfigError ? error.message : `worker: ${describe(error)}`);
  process.exitCode = 1;
});

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
