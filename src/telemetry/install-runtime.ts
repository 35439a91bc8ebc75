import { Runtime, type Logger, type MetricsExporterConfig } from '@temporalio/worker';
import { createServer } from 'node:net';
import { HISTOGRAMS } from './metric-definitions';

const TRIES = 3;

/**
 * Temporal's runtime for this process, with its Prometheus exporter on a free port of the loopback address: /metrics of
 * the worker's own port passes it on, so that there is one port for all. Must come before any other use of the SDK.
 * @returns the exporter's address
 */
export async function installMeasuredRuntime(logger: Logger): Promise<string> {
  for (let tries = 1; ; tries++) {
    const bindAddress = `127.0.0.1:${await freePort()}`;
    try {
      Runtime.install({ logger, telemetryOptions: { metrics: exporter(bindAddress) } });
      return `http://${bindAddress}/metrics`;
    } catch (error) {
      // Something else may take the port between our finding it and Temporal's use of it.
      if (tries === TRIES || !(error instanceof Error) || !/address already in use/i.test(error.message))
        throw error;
    }
  }
}

/** Prometheus's conventions for the SDK's metrics too: seconds, `_seconds`, `_total`. */
function exporter(bindAddress: string): MetricsExporterConfig {
  const bounds = Object.entries(HISTOGRAMS).map(
    ([name, { bounds }]) => [name, Array.from<number>(bounds)] as const,
  );
  return {
    prometheus: {
      bindAddress,
      countersTotalSuffix: true,
      unitSuffix: true,
      useSecondsForDurations: true,
      histogramBucketOverrides: Object.fromEntries(bounds),
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No free port was found for metrics');
  return address.port;
}
