import { activityInfo, getClient } from '@temporalio/activity';
import { isGrpcServiceError, ServiceError } from '@temporalio/client';
import { BasiqId } from '../contract/identifiers';
import { BASIQ_JOB_ID } from '../contract/search-attributes';

/** gRPC's code for a call that the server does not have; the time-skipping test server has no visibility. */
const UNIMPLEMENTED = 12;

/**
 * The running attempt, other than this one, that watches the job; null when there is none. Read from visibility, which
 * may be seconds behind: two attempts that adopt one job in the same second can both go on, which does no harm but
 * that both ask the person.
 */
export async function findOtherWatcher(input: { jobId: string }): Promise<{ workflowId: string | null }> {
  return { workflowId: await otherAttemptOn(input.jobId, 'running') };
}

/** Another attempt that has the job as its own: one that runs, or any that Temporal still keeps. */
export async function otherAttemptOn(jobId: string, which: 'running' | 'any'): Promise<string | null> {
  const ownRunId = activityInfo().workflowExecution?.runId;
  // An id that could end the query's quotes is not one of Basiq's, so that no attempt can have it.
  if (!BasiqId.safeParse(jobId).success) return null;
  const query = `${BASIQ_JOB_ID.name} = "${jobId}"${which === 'running' ? ' AND ExecutionStatus = "Running"' : ''}`;
  try {
    for await (const { workflowId, runId } of getClient().workflow.list({ query })) {
      if (runId !== ownRunId) return workflowId;
    }
  } catch (error) {
    const cause = error instanceof ServiceError ? error.cause : null;
    const code: number | null = isGrpcServiceError(cause) ? cause.code : null;
    if (code !== UNIMPLEMENTED) throw error;
  }
  return null;
}
