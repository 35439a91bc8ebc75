import { setTimeout as delay } from 'node:timers/promises';
import {
  AttemptCancelledError,
  AttemptFailedError,
  MfaAnswerRefusedError,
  type Challenge,
  type ConnectionsClient,
} from '../src/client';
import { requestOf, type DemoAttempt, type End } from './attempts';
import { attemptLine, type AttemptLine } from './progress-text';

export interface Conductor {
  client: ConnectionsClient;
  queueScale: number;
  show: (line: AttemptLine) => void;
  /** The person's answers; null when there will be none. */
  askPerson: (attempt: DemoAttempt, challenge: Challenge, closed: AbortSignal) => Promise<string[] | null>;
  leaving: AbortSignal;
}

export interface Conducted {
  attempt: DemoAttempt;
  userId: string;
  workflowId: string;
  jobId: string | null;
  connectionId: string | null;
  end: End;
}

/** `ConnectionsClient.watch` is made for days; the demo's queue passes a day in seconds. */
const LOOK_EVERY_MS = 500;
/** A person who plays by script takes a moment, so that the question can be seen. */
const SCRIPTED_ANSWER_AFTER_MS = 1_500;

/** One attempt from its start to its end, as a back-end would do it with ConnectionsClient. */
export async function conductAttempt(
  attempt: DemoAttempt,
  userId: string,
  conductor: Conductor,
): Promise<Conducted> {
  const { client, show, queueScale, leaving } = conductor;
  const { workflowId } = await client.start(requestOf(attempt, userId));

  let answering: Answering | null = null;
  for (;;) {
    const progress = await client.status(workflowId);
    const asked = progress.phase === 'awaiting-mfa' ? progress.challenge : null;
    if (answering !== null && answering.challengeId !== asked?.challengeId) answering.closed.abort();
    if (asked !== null && answering?.challengeId !== asked.challengeId) {
      answering = beginAnswering(attempt, workflowId, asked, conductor);
    }
    if (answering?.error != null) throw answering.error;
    show(attemptLine(attempt, progress, asked && (answering?.notTaken ?? null), queueScale));
    if (progress.waitingOn === 'nobody') {
      const { jobId, connectionId } = progress;
      return { attempt, userId, workflowId, jobId, connectionId, end: await endOf(client, workflowId) };
    }
    await delay(LOOK_EVERY_MS, undefined, { signal: leaving });
  }
}

/** One challenge on its way to an answer, while the attempt is watched on. */
interface Answering {
  challengeId: string;
  closed: AbortController;
  /** why no answer reached the bank */
  notTaken: string | null;
  error: Error | null;
}

function beginAnswering(
  attempt: DemoAttempt,
  workflowId: string,
  challenge: Challenge,
  conductor: Conductor,
): Answering {
  const { challengeId } = challenge;
  const answering: Answering = { challengeId, closed: new AbortController(), notTaken: null, error: null };
  answer(attempt, workflowId, challenge, conductor, answering.closed.signal).catch((error: unknown) => {
    // An answer that comes too late is the person's affair; the attempt goes on and shows what becomes of it.
    if (error instanceof MfaAnswerRefusedError) answering.notTaken = error.message;
    else answering.error = error instanceof Error ? error : new Error(String(error));
  });
  return answering;
}

/** Answers one challenge and waits for the bank's verdict; what that is, the attempt's status shows. */
async function answer(
  { answers, ...attempt }: DemoAttempt,
  workflowId: string,
  challenge: Challenge,
  { client, askPerson }: Conductor,
  closed: AbortSignal,
): Promise<void> {
  const { challengeId, round } = challenge;
  switch (answers.by) {
    case 'nobody':
      throw new Error(`${attempt.name}: the bank asked, which was not expected`);
    case 'approval':
      await delay(SCRIPTED_ANSWER_AFTER_MS);
      await client.confirm(workflowId, challengeId);
      return;
    case 'script': {
      await delay(SCRIPTED_ANSWER_AFTER_MS);
      const response = answers.rounds[round - 1];
      if (response === undefined) throw new Error(`${attempt.name}: the bank asked ${round} times`);
      await client.submitMfaAnswer(workflowId, { response: [...response], challengeId });
      return;
    }
    case 'person': {
      const response = await askPerson({ ...attempt, answers }, challenge, closed);
      if (response !== null) await client.submitMfaAnswer(workflowId, { response, challengeId });
    }
  }
}

async function endOf(client: ConnectionsClient, workflowId: string): Promise<End> {
  try {
    await client.result(workflowId);
    return { ended: 'succeeded' };
  } catch (error) {
    if (error instanceof AttemptFailedError) return { ended: 'failed', code: error.code };
    if (error instanceof AttemptCancelledError) return { ended: 'cancelled' };
    throw error;
  }
}
