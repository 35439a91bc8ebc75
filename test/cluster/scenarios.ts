import {
  AttemptCancelledError,
  AttemptFailedError,
  InvalidRequestError,
  type AttemptProgress,
} from '../../src/client';
import { WORKFLOW_TYPE } from '../../src/contract/names';
import { eventually, type Stage } from '../end-to-end/attempt-world';
import { linking, PEOPLE } from '../end-to-end/linking';

/** What one person's attempts came to, to be compared with what Basiq received. */
export interface Told {
  readonly userId: string;
  /** In the order in which they were started. */
  readonly workflowIds: readonly string[];
  readonly jobs: number;
  readonly answers: number;
}

/** Plays one person to the end. @throws when an attempt does not end as it should */
export type Scenario = (stage: Stage) => Promise<Told>;

async function startAt(stage: Stage, institutionId: string, more: Parameters<typeof linking>[2] = {}) {
  const userId = await stage.newUser();
  const { workflowId } = await stage.client.start(linking(userId, institutionId, more));
  return { userId, workflowId };
}

async function challengedAt(stage: Stage, institutionId: string, more: Parameters<typeof linking>[2] = {}) {
  const started = await startAt(stage, institutionId, more);
  const { challenge, jobId } = await stage.untilPhase(started.workflowId, 'awaiting-mfa');
  return { ...started, ...present({ challenge, jobId }) };
}

function present({ challenge, jobId }: Pick<AttemptProgress, 'challenge' | 'jobId'>) {
  if (challenge === null || jobId === null) throw new Error('a challenged attempt without a challenge');
  return { challengeId: challenge.challengeId, jobId };
}

/** How it failed; the code must be this one. */
async function fails(stage: Stage, workflowId: string, code: string): Promise<AttemptFailedError> {
  const error: unknown = await stage.client.result(workflowId).catch((thrown: unknown) => thrown);
  if (!(error instanceof AttemptFailedError)) throw new Error(`not a failed attempt: ${String(error)}`);
  expect(error.code).toBe(code);
  return error;
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  'plain success': async (stage) => {
    const { userId, workflowId } = await startAt(stage, 'AU00000');
    await stage.client.result(workflowId);
    return { userId, workflowIds: [workflowId], jobs: 1, answers: 0 };
  },

  'a code that the bank asks for': async (stage) => {
    const { userId, workflowId, challengeId } = await challengedAt(stage, 'AU00002');
    const verdict = await stage.client.submitMfaAnswer(workflowId, { response: ['1234'], challengeId });
    expect(verdict).toMatchObject({ outcome: 'accepted' });
    await stage.client.result(workflowId);
    return { userId, workflowIds: [workflowId], jobs: 1, answers: 1 };
  },

  'a wrong answer, then the right one': async (stage) => {
    const { userId, workflowId } = await challengedAt(stage, 'AU00002', { credentials: PEOPLE.gilfoyle });
    const wrong = await stage.client.submitMfaAnswer(workflowId, { response: ['Aviato'] });
    expect(wrong).toMatchObject({ outcome: 'rejected', challenge: { round: 2 } });
    const right = await stage.client.submitMfaAnswer(workflowId, { response: ['Hooli'] });
    expect(right).toMatchObject({ outcome: 'accepted' });
    await stage.client.result(workflowId);
    return { userId, workflowIds: [workflowId], jobs: 1, answers: 2 };
  },

  "approval in the bank's app": async (stage) => {
    const { userId, workflowId, challengeId } = await challengedAt(stage, 'AU90006');
    expect(await stage.client.confirm(workflowId, challengeId)).toMatchObject({ outcome: 'accepted' });
    await stage.client.result(workflowId);
    return { userId, workflowIds: [workflowId], jobs: 1, answers: 1 };
  },

  'an outage that ends': async (stage) => {
    const { userId, workflowId } = await startAt(stage, 'AU90001');
    await stage.client.result(workflowId);
    const [job] = await stage.admin.jobsOf(userId);
    expect(job).toMatchObject({ state: 'succeeded', queueTries: 3 });
    return { userId, workflowIds: [workflowId], jobs: 1, answers: 0 };
  },

  'an outage of seven days': async (stage) => {
    const { userId, workflowId } = await startAt(stage, 'AU90002');
    const { waitingOn } = await stage.untilPhase(workflowId, 'queued');
    expect(waitingOn).toBe('bank');
    const { failure } = await fails(stage, workflowId, 'temporary-unavailable');
    // Basiq's own end, not one of our limits, which come later.
    const [job] = await stage.admin.jobsOf(userId);
    expect({ failure, job }).toMatchObject({ job: { state: 'failed', queueTries: 84 } });
    return { userId, workflowIds: [workflowId], jobs: 1, answers: 0 };
  },

  'a wrong password': async (stage) => {
    const credentials = { ...PEOPLE.jared, password: 'not django' };
    const { userId, workflowId } = await startAt(stage, 'AU00000', { credentials });
    await fails(stage, workflowId, 'invalid-credentials');
    return { userId, workflowIds: [workflowId], jobs: 1, answers: 0 };
  },

  'a refresh': async (stage) => {
    const { userId, workflowId } = await startAt(stage, 'AU00004');
    const { connectionId } = await stage.client.result(workflowId);
    if (connectionId === null) throw new Error('connected without a connection');
    const refresh = await stage.client.start({ userId, operation: { kind: 'refresh', connectionId } });
    expect(await stage.client.result(refresh.workflowId)).toMatchObject({ connectionId });
    return { userId, workflowIds: [workflowId, refresh.workflowId], jobs: 2, answers: 0 };
  },

  'a job that is adopted': async (stage) => {
    const { userId, workflowId, jobId } = await challengedAt(stage, 'AU00002');
    await stage.client.cancel(workflowId);
    await expect(stage.client.result(workflowId)).rejects.toBeInstanceOf(AttemptCancelledError);
    // Temporal's list may be behind: until then the job still counts as watched.
    await eventually(async () => {
      for await (const attempt of stage.client.list({ jobId, running: true })) {
        if (attempt.workflowId === workflowId) return false;
      }
      return true;
    });
    const adopted = await stage.client.start({ userId, operation: { kind: 'adopt', jobId } });
    await stage.untilPhase(adopted.workflowId, 'awaiting-mfa');
    await stage.client.submitMfaAnswer(adopted.workflowId, { response: ['1234'] });
    expect(await stage.client.result(adopted.workflowId)).toMatchObject({ jobId });
    return { userId, workflowIds: [workflowId, adopted.workflowId], jobs: 1, answers: 1 };
  },

  'an attempt that is cancelled': async (stage) => {
    const { userId, workflowId, jobId } = await challengedAt(stage, 'AU00002');
    await stage.client.cancel(workflowId);
    await expect(stage.client.result(workflowId)).rejects.toMatchObject({
      name: 'AttemptCancelledError',
      jobId,
    });
    return { userId, workflowIds: [workflowId], jobs: 1, answers: 0 };
  },

  'an input that is none': async (stage) => {
    const userId = await stage.newUser();
    const nonsense = linking(userId, 'AU00000', { reference: 'no spaces please' });
    await expect(stage.client.start(nonsense)).rejects.toBeInstanceOf(InvalidRequestError);
    // As another language would send it, past our client.
    const workflowId = `connection:${userId}:AU00000`;
    await stage.world.temporal.workflow.start(WORKFLOW_TYPE, {
      workflowId,
      taskQueue: stage.taskQueue,
      args: [{ userId, operation: { kind: 'conquer' } }],
    });
    await fails(stage, workflowId, 'invalid-input');
    return { userId, workflowIds: [workflowId], jobs: 0, answers: 0 };
  },
};
