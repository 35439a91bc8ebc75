import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { BasiqCall } from '../basiq/basiq-client';

/**
 * The span of a call to Basiq that has just ended, within the activity that made it. Named by the route, which has no
 * ids in it. Without tracing it is nothing.
 */
export function recordBasiqCall(call: BasiqCall): void {
  const endMs = Date.now();
  const span = trace.getTracer('basiq-connections').startSpan(`${call.method} ${call.route}`, {
    kind: SpanKind.CLIENT,
    startTime: endMs - call.durationMs,
    attributes: {
      'http.request.method': call.method,
      'url.template': call.route,
      ...(call.status === null ? {} : { 'http.response.status_code': call.status }),
      ...(call.errorCode === null ? {} : { 'error.type': call.errorCode }),
      ...(call.correlationId === null ? {} : { 'basiq.correlation_id': call.correlationId }),
    },
  });
  if (call.errorCode !== null) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end(endMs);
}
