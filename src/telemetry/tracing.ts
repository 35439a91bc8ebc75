import { diag, DiagLogLevel } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { envDetectorSync, Resource } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { OpenTelemetrySinks } from '@temporalio/interceptors-opentelemetry';
import {
  makeWorkflowExporter,
  OpenTelemetryActivityInboundInterceptor,
  OpenTelemetryActivityOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/worker';
import type { ActivityInterceptorsFactory, InjectedSinks } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../log';
import { KeptSpanParts } from './kept-span-parts';
import { tracingTrouble } from './tracing-trouble';

/** What a worker makes traces with. */
export interface Tracing {
  activityInterceptors: ActivityInterceptorsFactory;
  /** how spans leave the workflow sandbox */
  sinks: InjectedSinks<OpenTelemetrySinks>;
  /** sends what is left; a collector that does not answer holds it up for a few seconds only */
  stop(): Promise<void>;
}

/** A batch that the collector has not taken by then is dropped. */
const SEND_WITHIN_MS = 5_000;
const LAST_SEND_WITHIN_MS = 3_000;

/**
 * Begins to send spans to a collector, as OTLP over HTTP. OpenTelemetry's own variables count beside the address:
 * OTEL_SERVICE_NAME, OTEL_RESOURCE_ATTRIBUTES, OTEL_EXPORTER_OTLP_HEADERS, OTEL_TRACES_SAMPLER.
 *
 * @param endpoint the collector's base address, such as `http://127.0.0.1:4318`
 */
export function startTracing(endpoint: string, logger: Logger): Tracing {
  diag.setLogger(tracingTrouble(logger), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const url = `${endpoint.replace(/\/+$/, '')}/v1/traces`;
  const exporter = new OTLPTraceExporter({ url, timeoutMillis: SEND_WITHIN_MS });
  const processor = new KeptSpanParts(new BatchSpanProcessor(exporter));
  const resource = new Resource({
    'service.name': 'basiq-connections-worker',
    ...envDetectorSync.detect().attributes,
  });
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] });
  // With it come the context of asynchronous calls and the W3C form in which Temporal's headers carry it.
  provider.register();
  return {
    activityInterceptors: (context) => ({
      inbound: new OpenTelemetryActivityInboundInterceptor(context),
      outbound: new OpenTelemetryActivityOutboundInterceptor(context),
    }),
    sinks: { exporter: makeWorkflowExporter(processor, resource) },
    stop: async () => {
      const limit = new AbortController();
      const sent = provider.shutdown().catch(() => undefined);
      await Promise.race([sent, delay(LAST_SEND_WITHIN_MS, null, { signal: limit.signal, ref: false })]);
      limit.abort();
    },
  };
}
