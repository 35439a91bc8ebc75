import {
  OpenTelemetryInboundInterceptor,
  OpenTelemetryInternalsInterceptor,
  OpenTelemetryOutboundInterceptor,
} from '@temporalio/interceptors-opentelemetry/lib/workflow';
import { TRACE_HEADER } from '@temporalio/interceptors-opentelemetry/lib/instrumentation';
import {
  defaultPayloadConverter,
  type Next,
  type QueryInput,
  type SignalInput,
  type UpdateInput,
  type WorkflowExecuteInput,
  type WorkflowInboundCallsInterceptor,
  type WorkflowInterceptors,
} from '@temporalio/workflow';

/**
 * Temporal's own, but without spans for queries and for the checks of updates. History holds neither, so a replay would
 * not draw the random numbers that their span ids take, and the ids of all later spans would come out differently. And
 * a back-end that watches asks every second.
 *
 * A trace header that cannot be read is left out: it may be anybody's, and Temporal's own interceptor would throw, which
 * fails the workflow task again and again.
 */
class InboundTracing extends OpenTelemetryInboundInterceptor {
  override execute(
    input: WorkflowExecuteInput,
    next: Next<WorkflowInboundCallsInterceptor, 'execute'>,
  ): Promise<unknown> {
    return super.execute({ ...input, headers: readable(input.headers) }, next);
  }

  override handleSignal(
    input: SignalInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleSignal'>,
  ): Promise<void> {
    return super.handleSignal({ ...input, headers: readable(input.headers) }, next);
  }

  override handleUpdate(
    input: UpdateInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleUpdate'>,
  ): Promise<unknown> {
    return super.handleUpdate({ ...input, headers: readable(input.headers) }, next);
  }

  override handleQuery(
    input: QueryInput,
    next: Next<WorkflowInboundCallsInterceptor, 'handleQuery'>,
  ): Promise<unknown> {
    return next(input);
  }

  override validateUpdate(
    input: UpdateInput,
    next: Next<WorkflowInboundCallsInterceptor, 'validateUpdate'>,
  ): void {
    next(input);
  }
}

function readable(headers: SignalInput['headers']): SignalInput['headers'] {
  const { [TRACE_HEADER]: trace, ...others } = headers;
  if (trace === undefined) return headers;
  try {
    defaultPayloadConverter.fromPayload(trace);
    return headers;
  } catch {
    return others;
  }
}

/** In the bundle of the workflows for workers that make traces. */
export const interceptors = (): WorkflowInterceptors => ({
  inbound: [new InboundTracing()],
  outbound: [new OpenTelemetryOutboundInterceptor()],
  internals: [new OpenTelemetryInternalsInterceptor()],
});
