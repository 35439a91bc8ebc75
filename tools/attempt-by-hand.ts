import type { AttemptInput } from '../src/contract/attempt-input';
import { ATTEMPT_STATUS_QUERY, MFA_ANSWER_SIGNAL, WORKFLOW_TYPE } from '../src/contract/names';
import { attemptWorkflowId } from '../src/contract/workflow-id';
import { temporalCliPath } from './temporal-servers';

/** How a person starts an attempt, asks where it stands and answers, with Temporal's CLI: text for a terminal. */
export function attemptByHand(address: string, taskQueue: string, userId: string): string {
  const operation = {
    kind: 'create',
    institutionId: 'AU00002',
    credentials: { loginId: 'gavinBelson', password: 'hooli2016' },
  } as const;
  const input: AttemptInput = { userId, operation };
  const temporal = `${temporalCliPath()} workflow`;
  const which = `--address ${address} --workflow-id ${attemptWorkflowId(userId, operation)}`;
  return `\
An attempt whose bank asks a question (plain credentials are taken here only because this is a sandbox):
  ${temporal} start ${which} --type ${WORKFLOW_TYPE} --task-queue ${taskQueue} --input '${JSON.stringify(input)}'
What it waits for, and the answer:
  ${temporal} query ${which} --type ${ATTEMPT_STATUS_QUERY}
  ${temporal} signal ${which} --name ${MFA_ANSWER_SIGNAL} --input '["Hooli"]'`;
}
