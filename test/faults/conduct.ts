import { setTimeout as delay } from 'node:timers/promises';
import {
  AttemptAbortedError,
  AttemptCancelledError,
  AttemptFailedError,
  AttemptNotFoundError,
  MFA_ANSWER_SIGNAL,
  MfaAnswerRefusedError,
  seal,
  type AttemptProgress,
  type Challenge,
} from '../../src/client';
import type { End } from './judge';
import { isAnswer, patiently } from './patience';
import type { Random } from './random';
import type { Person, Script } from './scripts';
import type { Stage } from './stage';

/** One attempt, as far as whoever started it knows. */
export interface Conducted {
  script: Script;
  userId: string;
  workflowId: string;
  /** at Basiq before it was started */
  jobsBefore: ReadonlySet<string>;
  startedAtMs: number;
  endedAtMs: number | null;
  end: End | null;
  namedJobId: string | null;
  answersGiven: number;
  verdictsLost: number;
  /** what could not be done, while Temporal was away or for good */
  trouble: string | null;
}

/** Starts an attempt and sees it through, as a back-end and a person would; returns when it has ended or was given up. */
export async function conduct(
  script: Script,
  stage: Stage,
  random: Random,
  begun: (conducted: Conducted) => void,
  givenUp: AbortSignal,
): Promise<void> {
  const userId = await stage.bank.newUser();
  const operation = await script.operation(stage.bank, userId);
  const before = await stage.admin.jobsOf(userId);
  const { workflowId } = await patiently(
    () => stage.client.start({ userId, operation, policy: { mfaSettleMs: 3_000 } }),
    givenUp,
  );
  const conducted: Conducted = {
    script,
    userId,
    workflowId,
    jobsBefore: new Set(operation.kind === 'adopt' ? [] : before.map(({ jobId }) => jobId)),
    startedAtMs: performance.now(),
    endedAtMs: null,
    end: null,
    namedJobId: null,
    answersGiven: 0,
    verdictsLost: 0,
    trouble: null,
  };
  begun(conducted);

  const over = new AbortController();
  const acting = act(conducted, stage, random, AbortSignal.any([over.signal, givenUp]));
  try {
    const { end, jobId } = await unless(givenUp, endOf(stage, workflowId, givenUp));
    Object.assign(conducted, { end, namedJobId: jobId, endedAtMs: performance.now() });
  } catch (error) {
    conducted.trouble = error instanceof Error ? error.message : String(error);
  } finally {
    over.abort();
    await acting;
  }
}

export async function endOf(
  { client }: Stage,
  workflowId: string,
  givenUp: AbortSignal,
): Promise<{ end: End; jobId: string | null }> {
  try {
    const { jobId } = await patiently(() => client.result(workflowId), givenUp);
    return { end: { ended: 'succeeded' }, jobId };
  } catch (error) {
    if (error instanceof AttemptFailedError)
      return { end: { ended: 'failed', code: error.code }, jobId: error.failure.jobId };
    if (error instanceof AttemptCancelledError) return { end: { ended: 'cancelled' }, jobId: error.jobId };
    if (error instanceof AttemptAbortedError) return { end: { ended: 'aborted' }, jobId: error.jobId };
    throw error;
  }
}

/** What the person does until the attempt is over. */
async function act(conducted: Conducted, stage: Stage, random: Random, over: AbortSignal): Promise<void> {
  const { person } = conducted.script;
  try {
    switch (person.does) {
      case 'nothing':
        return;
      case 'cancel':
        await cancelDuring(person.during, conducted, stage, random, over);
        return;
      case 'answer':
      case 'approve':
        await answerAll(new Answers(conducted, person, stage), conducted, stage, random, over);
    }
  } catch (error) {
    if (over.aborted || error instanceof AttemptNotFoundError) return;
    throw error;
  }
}

async function cancelDuring(
  phase: AttemptProgress['phase'],
  { workflowId }: Conducted,
  { client }: Stage,
  random: Random,
  over: AbortSignal,
): Promise<void> {
  const status = () =>
    unless(
      over,
      patiently(() => client.status(workflowId), over),
    );
  while ((await status()).phase !== phase) await delay(random.between(300, 900), null, { signal: over });
  await delay(random.between(0, 1_500), null, { signal: over });
  await unless(
    over,
    patiently(() => client.cancel(workflowId), over),
  );
}

async function answerAll(
  answers: Answers,
  { workflowId }: Conducted,
  { client }: Stage,
  random: Random,
  over: AbortSignal,
): Promise<void> {
  try {
    while (!over.aborted) {
      await delay(random.between(300, 900), null, { signal: over });
      if (answers.isSending) continue;
      const progress = await unless(
        over,
        patiently(() => client.status(workflowId), over),
      );
      if (!answers.isNew(progress)) continue;
      await delay(random.between(0, 2_000), null, { signal: over });
      void answers.answer(progress);
    }
  } finally {
    await answers.finished(over);
  }
}

/** The answers of one person to one attempt: one for each question, and one more when told that it was not sent. */
class Answers {
  private readonly given = new Set<string>();
  private readonly counted = new Set<string>();
  private sending: Promise<void> | null = null;

  constructor(
    private readonly conducted: Conducted,
    private readonly person: Extract<Person, { does: 'answer' | 'approve' }>,
    private readonly stage: Stage,
  ) {}

  get isSending(): boolean {
    return this.sending !== null;
  }

  isNew(progress: AttemptProgress): boolean {
    const { phase, challenge } = progress;
    return phase === 'awaiting-mfa' && challenge !== null && !this.given.has(occasionOf(progress, challenge));
  }

  answer(progress: AttemptProgress): Promise<void> {
    this.sending = this.send(progress).finally(() => (this.sending = null));
    return this.sending;
  }

  /** An update in flight when the attempt ends gets its verdict; it is waited for so that a lost one is counted. */
  async finished(over: AbortSignal): Promise<void> {
    if (this.sending !== null) await Promise.race([this.sending, delay(over.aborted ? 5_000 : 15_000)]);
  }

  private async send(progress: AttemptProgress): Promise<void> {
    const { challenge } = progress;
    if (challenge === null) return;
    const occasion = occasionOf(progress, challenge);
    this.given.add(occasion);
    this.counted.add(occasion);
    this.conducted.answersGiven = this.counted.size;
    try {
      await this.byItsWay(progress, challenge);
    } catch (error) {
      if (error instanceof MfaAnswerRefusedError || error instanceof AttemptNotFoundError) return;
      if (endedWithoutVerdict(error)) {
        this.conducted.verdictsLost += 1;
        return;
      }
      if (isAnswer(error)) throw error;
      // Temporal was away: whether it came is not known. If the question is open still, it is answered again.
      this.given.delete(occasion);
    }
  }

  private async byItsWay(progress: AttemptProgress, challenge: Challenge): Promise<void> {
    const { client } = this.stage;
    const { workflowId } = this.conducted;
    const { challengeId } = challenge;
    if (this.person.does === 'approve') {
      await client.confirm(workflowId, challengeId);
      return;
    }
    const { by, wrongFirst } = this.person;
    const right = rightAnswer(challenge.prompts);
    const response = wrongFirst && this.counted.size === 1 ? right.map(() => 'wrong') : right;
    const update = () => client.submitMfaAnswer(workflowId, { response, challengeId });
    const signal = () => this.signal(progress, { response, challengeId });
    switch (by) {
      case 'update':
        await update();
        return;
      case 'signal':
        await signal();
        return;
      case 'twice': {
        const ends = await Promise.allSettled([update(), signal(), update()]);
        const failed = ends.find(
          (end) => end.status === 'rejected' && !(end.reason instanceof MfaAnswerRefusedError),
        );
        if (failed?.status === 'rejected') throw failed.reason;
      }
    }
  }

  private async signal(
    { userId, subject, workflowId }: AttemptProgress,
    { response, challengeId }: { response: readonly string[]; challengeId: string },
  ): Promise<void> {
    const { temporal, publicKeys } = this.stage.world;
    const binding = { purpose: 'mfa', userId, subject } as const;
    const sealed = await Promise.all(response.map((given) => seal(given, binding, publicKeys)));
    await temporal.workflow
      .getHandle(workflowId)
      .signal(MFA_ANSWER_SIGNAL, { response: sealed, challengeId });
  }
}

/** One question, and each time that it was opened again because the answer could not be sent. */
function occasionOf({ lastIgnoredAnswer }: AttemptProgress, { challengeId }: Challenge): string {
  const again = ['answer-not-sent', 'unusable-answer'].includes(lastIgnoredAnswer?.reason ?? '');
  return again ? `${challengeId} ${lastIgnoredAnswer?.at ?? ''}` : challengeId;
}

/** What Temporal says to the sender of an accepted update when the workflow ends without answering it. */
function endedWithoutVerdict(error: unknown): boolean {
  const text = error instanceof Error ? `${error.message} ${String(error.cause)}` : String(error);
  return /AcceptedUpdateCompletedWorkflow|completed before the Update completed/i.test(text);
}

/** As docs/sandbox.md has it; the person reads the question. */
function rightAnswer(prompts: readonly string[]): string[] {
  if (prompts.length > 1) return ['Basiq', 'AU00000'];
  switch (prompts[0]) {
    case 'OTP Password':
      return ['1234'];
    case 'Second code':
      return ['5678'];
    default:
      return ['Hooli'];
  }
}

async function unless<T>(over: AbortSignal, promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  over.throwIfAborted();
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(new Error('given up'));
    over.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => over.removeEventListener('abort', abort));
  });
}
