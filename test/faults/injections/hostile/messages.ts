import { WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ATTEMPT_STATUS_QUERY,
  CHECK_NOW_SIGNAL,
  MFA_ANSWER_SIGNAL,
  MfaVerdict,
  SUBMIT_MFA_ANSWER_UPDATE,
  WORKFLOW_TYPE,
} from '../../../../src/client';
import type { Stage } from '../../stage';
import type { HostileValue } from './values';

/**
 * What came of one hostile message.
 * - refused: with a message, which says so to its sender, or in the status when it was a signal.
 * - harmless: there is nothing to refuse (a query's superfluous argument, a signal that nobody knows), and the attempt
 *   answers still.
 */
export type Reaction = { was: 'refused' | 'harmless'; message: string };

export type Message =
  | 'start'
  | 'mfaAnswer'
  | 'submitMfaAnswer'
  | 'checkNow'
  | 'attemptStatus'
  | 'unknown signal'
  | 'unknown update'
  | 'unknown query';

export const TO_AN_ATTEMPT: readonly Message[] = [
  'mfaAnswer',
  'submitMfaAnswer',
  'checkNow',
  'attemptStatus',
  'unknown signal',
  'unknown update',
  'unknown query',
];

const LIMIT_MS = 30_000;
const namespace = 'default';
const { UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED: COMPLETED } =
  temporal.api.enums.v1.UpdateWorkflowExecutionLifecycleStage;

/**
 * Sends raw payloads past every client of ours.
 * @throws Error when the message was taken as good, or nothing came back in time
 */
export async function sendHostile(
  stage: Stage,
  message: Message,
  workflowId: string,
  value: HostileValue,
): Promise<Reaction> {
  const { connection } = stage.world;
  return connection.withDeadline(Date.now() + LIMIT_MS, () => {
    switch (message) {
      case 'start':
        return startedWith(stage, value);
      case 'mfaAnswer':
        return badAnswerShown(stage, workflowId, value);
      case 'submitMfaAnswer':
        return updated(stage, workflowId, SUBMIT_MFA_ANSWER_UPDATE, value);
      case 'checkNow':
        return signalled(stage, workflowId, CHECK_NOW_SIGNAL, value);
      case 'attemptStatus':
        return queried(stage, workflowId, ATTEMPT_STATUS_QUERY, value);
      case 'unknown signal':
        return signalled(stage, workflowId, 'dropTables', value);
      case 'unknown update':
        return updated(stage, workflowId, '__proto__', value);
      case 'unknown query':
        return queried(stage, workflowId, 'constructor', value);
    }
  });
}

async function startedWith(stage: Stage, { payloads, header }: HostileValue): Promise<Reaction> {
  const { connection, temporal: client } = stage.world;
  const workflowId = `hostile:${randomUUID()}`;
  const refusal = await refusedByTemporal(() =>
    connection.workflowService.startWorkflowExecution({
      namespace,
      workflowId,
      workflowType: { name: WORKFLOW_TYPE },
      taskQueue: { name: stage.taskQueue },
      input: { payloads },
      header: { fields: header },
      requestId: randomUUID(),
    }),
  );
  if (refusal !== null) return refusal;
  const error: unknown = await client.workflow
    .getHandle(workflowId)
    .result()
    .then(
      () => new Error('it succeeded'),
      (thrown: unknown) => thrown,
    );
  const cause = error instanceof WorkflowFailedError ? error.cause : null;
  if (cause instanceof ApplicationFailure && cause.message !== '' && cause.type) {
    return { was: 'refused', message: `${cause.type}: ${cause.message}` };
  }
  throw error instanceof Error ? error : new Error(String(error));
}

async function badAnswerShown(stage: Stage, workflowId: string, value: HostileValue): Promise<Reaction> {
  const before = (await stage.client.status(workflowId)).lastIgnoredAnswer?.at;
  const refusal = await refusedByTemporal(() => signal(stage, workflowId, MFA_ANSWER_SIGNAL, value));
  if (refusal !== null) return refusal;
  for (const untilMs = performance.now() + LIMIT_MS; performance.now() < untilMs;) {
    const { lastIgnoredAnswer } = await stage.client.status(workflowId);
    if (lastIgnoredAnswer !== null && lastIgnoredAnswer.at !== before) {
      return { was: 'refused', message: lastIgnoredAnswer.message };
    }
    await delay(20);
  }
  throw new Error('the status does not show that the answer was ignored');
}

async function signalled(
  stage: Stage,
  workflowId: string,
  name: string,
  value: HostileValue,
): Promise<Reaction> {
  const refusal = await refusedByTemporal(() => signal(stage, workflowId, name, value));
  if (refusal !== null) return refusal;
  const { phase } = await stage.client.status(workflowId);
  return { was: 'harmless', message: phase };
}

function signal(stage: Stage, workflowId: string, signalName: string, { payloads, header }: HostileValue) {
  return stage.world.connection.workflowService.signalWorkflowExecution({
    namespace,
    workflowExecution: { workflowId },
    signalName,
    input: { payloads },
    header: { fields: header },
    requestId: randomUUID(),
  });
}

async function updated(
  stage: Stage,
  workflowId: string,
  name: string,
  { payloads, header }: HostileValue,
): Promise<Reaction> {
  const answer: { outcome: temporal.api.update.v1.IOutcome | null } = { outcome: null };
  const refusal = await refusedByTemporal(async () => {
    const { outcome } = await stage.world.connection.workflowService.updateWorkflowExecution({
      namespace,
      workflowExecution: { workflowId },
      request: {
        meta: { updateId: randomUUID() },
        input: { name, args: { payloads }, header: { fields: header } },
      },
      waitPolicy: { lifecycleStage: COMPLETED },
    });
    answer.outcome = outcome ?? null;
  });
  if (refusal !== null) return refusal;
  const { outcome } = answer;
  const message = outcome?.failure?.message ?? '';
  if (message !== '') return { was: 'refused', message };
  const data = outcome?.success?.payloads?.[0]?.data;
  if (data == null) throw new Error('the update was neither refused nor answered');
  // A well-formed answer that cannot be opened is taken, and then told not to have been sent.
  const verdict = MfaVerdict.parse(JSON.parse(new TextDecoder().decode(data)));
  if (verdict.outcome === 'not-sent') return { was: 'refused', message: verdict.message };
  throw new Error(`the update was ${verdict.outcome}`);
}

async function queried(
  stage: Stage,
  workflowId: string,
  queryType: string,
  { payloads, header }: HostileValue,
): Promise<Reaction> {
  const refusal = await refusedByTemporal(() =>
    stage.world.connection.workflowService.queryWorkflow({
      namespace,
      execution: { workflowId },
      query: { queryType, queryArgs: { payloads }, header: { fields: header } },
    }),
  );
  return refusal ?? { was: 'harmless', message: 'answered' };
}

/** Temporal's own refusal, or what of ours it passes on; null when it took the message. */
async function refusedByTemporal(send: () => Promise<unknown>): Promise<Reaction | null> {
  try {
    await send();
    return null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || !(error instanceof Error)) throw error;
    const code: unknown = Reflect.get(error, 'code');
    // INVALID_ARGUMENT, RESOURCE_EXHAUSTED. Anything else is no word about the message.
    if (code !== 3 && code !== 8) throw error;
    const details: unknown = Reflect.get(error, 'details');
    return { was: 'refused', message: typeof details === 'string' ? details : error.message };
  }
}
