import { defineSearchAttributeKey } from '@temporalio/common';

/**
 * What attempts can be listed by. Every one must be registered on the server before a worker starts
 * (`npm run temporal:setup`): upserting an unknown one fails the workflow task again and again, for ever.
 */
export const CONNECTION_PHASE = defineSearchAttributeKey('ConnectionPhase', 'KEYWORD');
export const WAITING_ON = defineSearchAttributeKey('WaitingOn', 'KEYWORD');
export const INSTITUTION_ID = defineSearchAttributeKey('InstitutionId', 'KEYWORD');
export const BASIQ_USER_ID = defineSearchAttributeKey('BasiqUserId', 'KEYWORD');
export const BASIQ_CONNECTION_ID = defineSearchAttributeKey('BasiqConnectionId', 'KEYWORD');
export const BASIQ_JOB_ID = defineSearchAttributeKey('BasiqJobId', 'KEYWORD');

export const SEARCH_ATTRIBUTES = [
  CONNECTION_PHASE,
  WAITING_ON,
  INSTITUTION_ID,
  BASIQ_USER_ID,
  BASIQ_CONNECTION_ID,
  BASIQ_JOB_ID,
] as const;
