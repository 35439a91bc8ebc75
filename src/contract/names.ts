/** The names that back-ends in any language use. Changing one breaks them. */
export const WORKFLOW_TYPE = 'connectionAttempt';
export const DEFAULT_TASK_QUEUE = 'basiq-connections';

export const MFA_ANSWER_SIGNAL = 'mfaAnswer';
export const CHECK_NOW_SIGNAL = 'checkNow';
export const SUBMIT_MFA_ANSWER_UPDATE = 'submitMfaAnswer';
export const ATTEMPT_STATUS_QUERY = 'attemptStatus';

/** What a query fails with that cannot be answered in this moment (keep-to-history.ts): asked again, it is. */
export const ASK_AGAIN = 'The attempt has news that it must handle before it can answer; ask again';
