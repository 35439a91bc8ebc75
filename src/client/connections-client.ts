import {
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import { setTimeout as delay } from 'node:timers/promises';
import { AttemptInput, subjectOf } from '../contract/attempt-input';
import { AttemptResult, AttemptStatus, Phase } from '../contract/attempt-status';
import { AttemptFailure } from '../contract/failures';
import { inputProblems } from '../contract/input-problems';
import { APPROVAL_ANSWER, MfaAnswer } from '../contract/mfa-answer';
import { MfaRefusal } from '../contract/mfa-refusal';
import { MfaVerdict } from '../contract/mfa-verdict';
import {
  ATTEMPT_STATUS_QUERY,
  CHECK_NOW_SIGNAL,
  DEFAULT_TASK_QUEUE,
  SUBMIT_MFA_ANSWER_UPDATE,
} from '../contract/names';
import type { Sealed } from '../contract/sealed';
import { BASIQ_JOB_ID } from '../contract/search-attributes';
import { withoutNulls } from '../contract/without-nulls';
import { seal } from '../secrets/seal';
import { askAgain } from './ask-again';
import {
  AttemptAbortedError,
  AttemptCancelledError,
  AttemptFailedError,
  AttemptNotFoundError,
  MfaAnswerRefusedError,
} from './attempt-errors';
import { listAttempts, type AttemptFilter, type ListedAttempt } from './attempt-list';
import { attemptProgress, type AttemptProgress } from './attempt-progress';
import { startedWith } from './started-with';
import { startAttempt, type Sealing, type StartedAttempt } from './start-attempt';

export interface ConnectionsClientOptions {
  temporal: Client;
  /** the workers' public JWK set (`npm run keys`), or 'send-plain-text' for a sandbox whose worker allows it */
  sealing: Sealing;
  /** default `basiq-connections` */
  taskQueue?: string;
}

/** An attempt: the workflow id alone means its latest run. */
export type AttemptRef = string | { workflowId: string; runId?: string };

const ACTIVE_WATCH_MS = 1_000;
const QUEUED_WATCH_MS = 30_000;

/** What a back-end needs of connection attempts. Holds no state: any process can go on where another began. */
export class ConnectionsClient {
  readonly #temporal: Client;
  readonly #sealing: Sealing;
  readonly #taskQueue: string;

  constructor({ temporal, sealing, taskQueue = DEFAULT_TASK_QUEUE }: ConnectionsClientOptions) {
    this.#temporal = temporal;
    this.#sealing = sealing;
    this.#taskQueue = taskQueue;
  }

  /**
   * Starts an attempt, sealing its credentials; or joins the one of the same kind that is under way (`joined`).
   * @throws InvalidRequestError when a field is wrong
   * @throws AttemptInProgressError when an attempt of another kind holds the connection
   */
  start(request: AttemptInput): Promise<StartedAttempt> {
    return startAttempt(
      { temporal: this.#temporal, taskQueue: this.#taskQueue, sealing: this.#sealing },
      request,
    );
  }

  /** Where the attempt stands; also after its end, for as long as Temporal keeps it. */
  async status(attempt: AttemptRef): Promise<AttemptProgress> {
    const handle = this.#handle(attempt);
    return found(handle, async () => {
      const [status, description] = await Promise.all([
        askAgain(() => handle.query<unknown>(ATTEMPT_STATUS_QUERY)),
        handle.describe(),
      ]);
      return attemptProgress(AttemptStatus.parse(status), description);
    });
  }

  /**
   * The status each time it changes, until the attempt has ended: read every second while it moves, every 30 s while it
   * is queued. Rejects with an AbortError when the signal is aborted.
   */
  async *watch(
    attempt: AttemptRef,
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncGenerator<AttemptProgress> {
    let last = '';
    for (;;) {
      const progress = await this.status(attempt);
      const now = JSON.stringify(progress);
      if (now !== last) yield progress;
      last = now;
      if (progress.execution !== 'running') return;
      const pauseMs = progress.phase === Phase.queued ? QUEUED_WATCH_MS : ACTIVE_WATCH_MS;
      await delay(pauseMs, null, signal === undefined ? {} : { signal });
    }
  }

  /**
   * Passes on the person's answers, one for each prompt, sealing them; returns when the bank's verdict is known. Give
   * the challengeId that the person saw, so that a late answer cannot meet a newer question.
   * @throws MfaAnswerRefusedError when it cannot be taken; nothing was sent to the bank
   */
  async submitMfaAnswer(
    attempt: AttemptRef,
    answer: { response: string[]; challengeId?: string },
  ): Promise<MfaVerdict> {
    refuseMalformed(answer);
    return this.#submit(attempt, {
      ...answer,
      response: await this.#sealedAnswers(attempt, answer.response),
    });
  }

  /** Says that the person has approved in the bank's app. */
  confirm(attempt: AttemptRef, challengeId?: string): Promise<MfaVerdict> {
    const response = [APPROVAL_ANSWER];
    return this.#submit(attempt, challengeId === undefined ? { response } : { response, challengeId });
  }

  /** Asks for a look at a queued job now rather than at the next two-hourly one; at most one a minute is made. */
  async checkNow(attempt: AttemptRef): Promise<void> {
    const handle = this.#handle(attempt);
    await found(handle, () => handle.signal(CHECK_NOW_SIGNAL));
  }

  /**
   * Waits for the end.
   * @throws AttemptFailedError with the code and what to do about it
   * @throws AttemptCancelledError, AttemptAbortedError when it was ended from outside
   */
  async result(attempt: AttemptRef): Promise<AttemptResult> {
    const handle = this.#handle(attempt);
    try {
      return AttemptResult.parse(await found(handle, () => handle.result()));
    } catch (error) {
      throw await asEnd(handle, error);
    }
  }

  /** Stops watching. Nothing is undone at Basiq: a job that was begun goes on there. */
  async cancel(attempt: AttemptRef): Promise<void> {
    const handle = this.#handle(attempt);
    await found(handle, () => handle.cancel());
  }

  /** Attempts by what they are about and where they stand. */
  list(filter: AttemptFilter = {}): AsyncGenerator<ListedAttempt> {
    return listAttempts(this.#temporal, filter);
  }

  #handle(attempt: AttemptRef): WorkflowHandle {
    if (typeof attempt === 'string') return this.#temporal.workflow.getHandle(attempt);
    return this.#temporal.workflow.getHandle(attempt.workflowId, attempt.runId);
  }

  async #sealedAnswers(attempt: AttemptRef, answers: readonly string[]): Promise<(string | Sealed)[]> {
    const sealing = this.#sealing;
    if (sealing === 'send-plain-text') return [...answers];
    const { userId, subject } = await this.#whatItIsAbout(attempt);
    return Promise.all(answers.map((given) => seal(given, { purpose: 'mfa', userId, subject }, sealing)));
  }

  /** A person waits: the input of its start is read sooner than a worker answers. */
  async #whatItIsAbout(attempt: AttemptRef): Promise<Pick<AttemptStatus, 'userId' | 'subject'>> {
    const { workflowId, runId } =
      typeof attempt === 'string' ? { workflowId: attempt, runId: undefined } : attempt;
    const { data: begun } = AttemptInput.safeParse(
      withoutNulls(await startedWith(this.#temporal, workflowId, runId)),
    );
    if (begun === undefined) return this.status(attempt);
    return { userId: begun.userId, subject: subjectOf(begun.operation) };
  }

  async #submit(attempt: AttemptRef, answer: { response: (string | Sealed)[]; challengeId?: string }) {
    const handle = this.#handle(attempt);
    try {
      const submit = () =>
        handle.executeUpdate<unknown, [typeof answer]>(SUBMIT_MFA_ANSWER_UPDATE, { args: [answer] });
      const verdict = await found(handle, () => askAgain(submit));
      return MfaVerdict.parse(verdict);
    } catch (error) {
      if (!(error instanceof WorkflowUpdateFailedError)) throw error;
      const { cause } = error;
      const reason = Object.values(MfaRefusal).find(
        (known) => cause instanceof ApplicationFailure && cause.type === known,
      );
      throw reason === undefined ? error : new MfaAnswerRefusedError(reason, cause?.message ?? error.message);
    }
  }
}

/** Before it is sent: Temporal ends a workflow that is sent an update above its limit of 2 MB. */
function refuseMalformed(answer: { response: string[]; challengeId?: string }): void {
  const parsed = MfaAnswer.safeParse(withoutNulls(answer));
  if (!parsed.success)
    throw new MfaAnswerRefusedError(MfaRefusal.malformed, inputProblems(parsed.error, 'answer'));
}

/** The typed error for how an attempt ended. Works without a worker: the job id is read from what Temporal lists. */
async function asEnd(handle: WorkflowHandle, error: unknown): Promise<unknown> {
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  const { workflowId } = handle;
  if (cause instanceof ApplicationFailure) {
    const failure = AttemptFailure.safeParse(cause.details?.[0]);
    return failure.success ? new AttemptFailedError(workflowId, failure.data) : error;
  }
  const jobId = (await handle.describe()).typedSearchAttributes.get(BASIQ_JOB_ID) ?? null;
  if (cause instanceof CancelledFailure) return new AttemptCancelledError(workflowId, jobId);
  if (cause instanceof TerminatedFailure) return new AttemptAbortedError(workflowId, 'terminated', jobId);
  if (cause instanceof TimeoutFailure) return new AttemptAbortedError(workflowId, 'timed-out', jobId);
  return error;
}

async function found<T>({ workflowId }: WorkflowHandle, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw new AttemptNotFoundError(workflowId);
    throw error;
  }
}
