import { isGrpcServiceError, type Client } from '@temporalio/client';
import { fromPayloadsAtIndex } from '@temporalio/common';
import { AttemptNotFoundError } from './attempt-errors';

/** gRPC's code for a workflow that is not there. */
const NOT_FOUND = 5;

/**
 * The input that an attempt was started with, from the first event of its history: the server has it at hand, also when
 * no worker is there. Null when somebody else started it, in an encoding that is not ours.
 * @throws AttemptNotFoundError
 */
export async function startedWith(temporal: Client, workflowId: string, runId?: string): Promise<unknown> {
  const answer = await temporal.workflowService
    .getWorkflowExecutionHistory({
      namespace: temporal.options.namespace,
      execution: { workflowId, ...(runId === undefined ? {} : { runId }) },
      maximumPageSize: 1,
    })
    .catch((error: unknown) => {
      const code: number | null = isGrpcServiceError(error) ? error.code : null;
      throw code === NOT_FOUND ? new AttemptNotFoundError(workflowId) : error;
    });
  const payloads = answer.history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
  try {
    return fromPayloadsAtIndex(temporal.options.loadedDataConverter.payloadConverter, 0, payloads);
  } catch {
    return null;
  }
}
