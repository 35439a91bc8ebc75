import {
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { z } from 'zod';
import { AttemptInput, subjectOf, type Attempt, type OperationKind } from '../contract/attempt-input';
import { isSealed } from '../contract/credentials';
import { inputProblems } from '../contract/input-problems';
import { WORKFLOW_TYPE } from '../contract/names';
import { BASIQ_USER_ID, CONNECTION_PHASE, INSTITUTION_ID, WAITING_ON } from '../contract/search-attributes';
import { Phase } from '../contract/attempt-status';
import { withoutNulls } from '../contract/without-nulls';
import { attemptWorkflowId } from '../contract/workflow-id';
import type { PublicKeySet } from '../secrets/key-set';
import { seal } from '../secrets/seal';
import { AttemptInProgressError, InvalidRequestError } from './attempt-errors';
import { startedWith } from './started-with';

/** How secrets leave the back-end: sealed with the workers' public keys, or, to a sandbox's worker, as they are. */
export type Sealing = PublicKeySet | 'send-plain-text';

export interface StartedAttempt {
  workflowId: string;
  runId: string;
  /** true: an attempt of the same kind was already running and is joined; the credentials given now were not used */
  joined: boolean;
}

interface StartOptions {
  temporal: Client;
  taskQueue: string;
  sealing: Sealing;
}

/**
 * Starts an attempt, or joins the one of the same kind that holds the connection.
 * @throws InvalidRequestError, AttemptInProgressError
 */
export async function startAttempt({ temporal, taskQueue, sealing }: StartOptions, request: AttemptInput) {
  const attempt = parseRequest(request);
  const workflowId = attemptWorkflowId(attempt.userId, attempt.operation);
  const input = await withSealedCredentials(attempt, sealing);
  for (;;) {
    try {
      // FAIL, since USE_EXISTING would not tell whether these credentials are the ones in use.
      const handle = await temporal.workflow.start(WORKFLOW_TYPE, {
        workflowId,
        taskQueue,
        args: [input],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: summaryOf(attempt),
        typedSearchAttributes: [
          { key: CONNECTION_PHASE, value: Phase.submitting },
          { key: WAITING_ON, value: 'basiq' },
          { key: BASIQ_USER_ID, value: attempt.userId },
          ...('institutionId' in attempt.operation
            ? [{ key: INSTITUTION_ID, value: attempt.operation.institutionId }]
            : []),
        ],
      });
      return { workflowId, runId: handle.firstExecutionRunId, joined: false };
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
    const joined = await joinRunning(
      temporal,
      temporal.workflow.getHandle(workflowId),
      attempt.operation.kind,
    );
    // Null: it ended between the two calls, so that a new one may start.
    if (joined !== null) return joined;
  }
}

function parseRequest(request: AttemptInput): Attempt {
  const parsed = AttemptInput.safeParse(withoutNulls(request));
  if (!parsed.success) throw new InvalidRequestError(inputProblems(parsed.error));
  return parsed.data;
}

async function withSealedCredentials(attempt: Attempt, sealing: Sealing): Promise<Attempt> {
  const { userId, operation } = attempt;
  if (sealing === 'send-plain-text') return attempt;
  if (operation.kind !== 'create' && operation.kind !== 'update') return attempt;
  if (isSealed(operation.credentials)) return attempt;
  const binding = { purpose: 'credentials', userId, subject: subjectOf(operation) } as const;
  const credentials = await seal(operation.credentials, binding, sealing);
  return { ...attempt, operation: { ...operation, credentials } };
}

/** One line for Temporal's UI, without personal data. */
function summaryOf({ operation }: Attempt): string {
  switch (operation.kind) {
    case 'create':
      return `Link ${operation.institutionId}`;
    case 'update':
      return `New credentials for connection ${operation.connectionId}`;
    case 'refresh':
      return `Refresh connection ${operation.connectionId}`;
    case 'adopt':
      return `Watch job ${operation.jobId}`;
  }
}

async function joinRunning(
  temporal: Client,
  handle: WorkflowHandle,
  kind: OperationKind,
): Promise<StartedAttempt | null> {
  try {
    const { runId, status } = await handle.describe();
    if (status.name !== 'RUNNING') return null;
    const holder = await kindOf(temporal, handle.workflowId, runId);
    if (holder !== kind) throw new AttemptInProgressError(handle.workflowId, holder);
    return { workflowId: handle.workflowId, runId, joined: true };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

const InputWithKind = z.object({
  operation: z.object({ kind: z.enum(['create', 'update', 'refresh', 'adopt']) }),
});

async function kindOf(temporal: Client, workflowId: string, runId: string): Promise<OperationKind | null> {
  return InputWithKind.safeParse(await startedWith(temporal, workflowId, runId)).data?.operation.kind ?? null;
}
