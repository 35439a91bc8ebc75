import { Runtime, type Logger as TemporalLogger, type Worker } from '@temporalio/worker';
import type { BasiqObserver } from '../basiq/basiq-observer';
import type { Logger } from '../log';
import { AttemptCensus, type CountedIn } from './attempt-census';
import { basiqMetrics } from './basiq-metrics';
import { serveHttp, type HttpServer } from './http-server';
import { installMeasuredRuntime } from './install-runtime';
import { Meter } from './meter';
import { WorkerHealth } from './worker-health';
import { writeEvent } from './write-event';

const SCRAPE_LIMIT_MS = 5_000;

export interface WorkerTelemetry {
  basiq: BasiqObserver;
  /** from here on the worker's own state decides whether it is ready */
  serves(worker: Pick<Worker, 'getState'>, countedIn: CountedIn): void;
  close(): Promise<void>;
}

/**
 * Installs Temporal's runtime and, given an address, serves health and metrics there. Without an address nothing is
 * measured.
 */
export async function startTelemetry(
  http: { host: string; port: number } | null,
  logger: Logger,
  temporalLogger: TemporalLogger,
): Promise<WorkerTelemetry> {
  if (http === null) {
    Runtime.install({ logger: temporalLogger });
    return { basiq: {}, serves: () => undefined, close: () => Promise.resolve() };
  }
  const exporterUrl = await installMeasuredRuntime(temporalLogger);
  const meter = new Meter(Runtime.instance().metricMeter);
  const health = new WorkerHealth();
  const census = new AttemptCensus(meter, logger);
  const server: HttpServer = await serveHttp(http, {
    live: () => health.live(),
    ready: () => health.ready(),
    metrics: async () => {
      const { ok } = await health.ready();
      if (ok) await census.refresh();
      meter.set('basiq_worker_ready', ok ? 1 : 0);
      const answer = await fetch(exporterUrl, { signal: AbortSignal.timeout(SCRAPE_LIMIT_MS) });
      return await answer.text();
    },
  });
  writeEvent(logger, 'endpoints-served', { host: http.host, port: server.port });
  return {
    basiq: basiqMetrics(meter),
    serves: (worker, countedIn) => {
      health.serves(worker, countedIn.connection);
      census.begin(countedIn);
    },
    close: () => server.close(),
  };
}
