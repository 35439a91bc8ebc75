import { setTimeout as delay } from 'node:timers/promises';
import {
  AttemptAbortedError,
  AttemptCancelledError,
  AttemptFailedError,
  AttemptNotFoundError,
  type AttemptProgress,
} from '../../src/client';
import { Answers } from './answers';
import type { End } from './judge';
import { patiently, unless } from './patience';
import type { Random } from './random';
import type { Script } from './scripts';
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
  /** what became of the last answer: says why an attempt still waits */
  lastAnswer: string;
  verdictsLost: number;
  /** what could not be done, while Temporal was away or for good */
  trouble: string | null;
}

export function newlyBegun(
  begun: Pick<Conducted, 'script' | 'userId' | 'workflowId' | 'jobsBefore'>,
): Conducted {
  return {
    ...begun,
    startedAtMs: performance.now(),
    endedAtMs: null,
    end: null,
    namedJobId: null,
    answersGiven: 0,
    lastAnswer: 'none was given',
    verdictsLost: 0,
    trouble: null,
  };
}

/** Starts an attempt and sees it through, as a back-end and a person would; returns when it has ended or was given up. */
export async function conduct(
  script: Script,
  stage: Stage,
  random: Random,
  begun: (conducted: Conducted) => void,
  givenUp: AbortSignal,
): Promise<void> {
  const { userId, operation } = await script.prepare(stage.bank);
  const before = await stage.admin.jobsOf(userId);
  const { workflowId } = await patiently(
    () => stage.client.start({ userId, operation, policy: { mfaSettleMs: 3_000 } }),
    givenUp,
  );
  const jobsBefore = new Set(operation.kind === 'adopt' ? [] : before.map(({ jobId }) => jobId));
  const conducted = newlyBegun({ script, userId, workflowId, jobsBefore });
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
