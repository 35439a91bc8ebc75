import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import type { Phase, WaitingOn } from '../contract/attempt-status';
import { BasiqId } from '../contract/identifiers';
import { WORKFLOW_TYPE } from '../contract/names';
import {
  BASIQ_CONNECTION_ID,
  BASIQ_JOB_ID,
  BASIQ_USER_ID,
  CONNECTION_PHASE,
  INSTITUTION_ID,
  WAITING_ON,
} from '../contract/search-attributes';
import { InvalidRequestError } from './attempt-errors';

/** All that are given must hold; with none given, every attempt that Temporal still keeps. */
export interface AttemptFilter {
  userId?: string | undefined;
  institutionId?: string | undefined;
  connectionId?: string | undefined;
  jobId?: string | undefined;
  phase?: Phase | undefined;
  waitingOn?: WaitingOn | undefined;
  /** true: only what still runs; false: only what has ended */
  running?: boolean | undefined;
}

export interface ListedAttempt {
  workflowId: string;
  runId: string;
  running: boolean;
  phase: string | null;
  waitingOn: string | null;
  userId: string | null;
  institutionId: string | null;
  connectionId: string | null;
  jobId: string | null;
  startedAt: Date;
  endedAt: Date | null;
}

/**
 * Attempts by search attributes, newest first. Temporal's visibility is some seconds behind.
 * @throws InvalidRequestError
 */
export async function* listAttempts(temporal: Client, filter: AttemptFilter): AsyncGenerator<ListedAttempt> {
  for await (const found of temporal.workflow.list({ query: queryOf(filter) })) yield listed(found);
}

const ATTRIBUTE_OF = {
  userId: BASIQ_USER_ID,
  institutionId: INSTITUTION_ID,
  connectionId: BASIQ_CONNECTION_ID,
  jobId: BASIQ_JOB_ID,
  phase: CONNECTION_PHASE,
  waitingOn: WAITING_ON,
};

function isListedBy(field: string): field is keyof typeof ATTRIBUTE_OF {
  return Object.hasOwn(ATTRIBUTE_OF, field);
}

function queryOf({ running, ...wanted }: AttemptFilter): string {
  const given = Object.entries(wanted).filter(([, value]) => value !== undefined);
  const conditions = given.map(([field, value]) => {
    // Only ids' characters get into the query, so that no value can end the quotes.
    if (!isListedBy(field)) throw new InvalidRequestError(`${field}: is not a field to list by`);
    if (!BasiqId.safeParse(value).success) throw new InvalidRequestError(`${field}: must be an id or a word`);
    return `${ATTRIBUTE_OF[field].name} = "${value}"`;
  });
  if (running !== undefined) conditions.push(`ExecutionStatus ${running ? '=' : '!='} "Running"`);
  return [`WorkflowType = "${WORKFLOW_TYPE}"`, ...conditions].join(' AND ');
}

function listed({
  workflowId,
  runId,
  status,
  typedSearchAttributes: attributes,
  ...info
}: WorkflowExecutionInfo) {
  return {
    workflowId,
    runId,
    running: status.name === 'RUNNING',
    phase: attributes.get(CONNECTION_PHASE) ?? null,
    waitingOn: attributes.get(WAITING_ON) ?? null,
    userId: attributes.get(BASIQ_USER_ID) ?? null,
    institutionId: attributes.get(INSTITUTION_ID) ?? null,
    connectionId: attributes.get(BASIQ_CONNECTION_ID) ?? null,
    jobId: attributes.get(BASIQ_JOB_ID) ?? null,
    startedAt: info.startTime,
    endedAt: info.closeTime ?? null,
  };
}
