import type { Attributes, Context } from '@opentelemetry/api';
import type { ReadableSpan, Span, SpanProcessor, TimedEvent } from '@opentelemetry/sdk-trace-node';

/** What a span may say. Whatever else an SDK puts into one, now or in its next version, stays here. */
const KEPT_ATTRIBUTES: ReadonlySet<string> = new Set([
  // Temporal's interceptors
  'temporalWorkflowId',
  'run_id',
  'temporalActivityId',
  'temporalUpdateId',
  // workflow spans: of all that Temporal knows of the run, memo and search attributes too
  'workflowId',
  'runId',
  'workflowType',
  // calls to Basiq
  'http.request.method',
  'http.response.status_code',
  'url.template',
  'error.type',
  'basiq.correlation_id',
  'basiq.job_id',
]);
const KEPT_OF_EVENTS: ReadonlySet<string> = new Set(['exception.type', 'exception.message']);

/** Passes spans on with the parts that are known to hold no input and no secret. */
export class KeptSpanParts implements SpanProcessor {
  constructor(private readonly next: SpanProcessor) {}

  onStart(span: Span, parent: Context): void {
    this.next.onStart(span, parent);
  }

  onEnd(span: ReadableSpan): void {
    this.next.onEnd(keptOf(span));
  }

  forceFlush(): Promise<void> {
    return this.next.forceFlush();
  }

  shutdown(): Promise<void> {
    return this.next.shutdown();
  }
}

function keptOf(span: ReadableSpan): ReadableSpan {
  const { parentSpanId } = span;
  return {
    name: span.name,
    kind: span.kind,
    spanContext: () => span.spanContext(),
    ...(parentSpanId === undefined ? {} : { parentSpanId }),
    startTime: span.startTime,
    endTime: span.endTime,
    status: span.status,
    attributes: only(KEPT_ATTRIBUTES, span.attributes),
    links: span.links,
    events: span.events.map((event): TimedEvent => ({
      ...event,
      attributes: only(KEPT_OF_EVENTS, event.attributes ?? {}),
    })),
    duration: span.duration,
    ended: span.ended,
    resource: span.resource,
    instrumentationLibrary: span.instrumentationLibrary,
    droppedAttributesCount: span.droppedAttributesCount,
    droppedEventsCount: span.droppedEventsCount,
    droppedLinksCount: span.droppedLinksCount,
  };
}

function only(kept: ReadonlySet<string>, attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => kept.has(name)));
}
