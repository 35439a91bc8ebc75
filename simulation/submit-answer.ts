import { WorkflowNotFoundError, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { AttemptProgress, Challenge, PublicKeySet } from '../src/client';
import { APPROVAL_ANSWER } from '../src/contract/mfa-answer';
import { MfaVerdict } from '../src/contract/mfa-verdict';
import { MFA_ANSWER_SIGNAL, SUBMIT_MFA_ANSWER_UPDATE } from '../src/contract/names';
import type { Sealed } from '../src/contract/sealed';
import { seal } from '../src/secrets/seal';
import type { PlannedSend } from './person-plan';

/** An answer that somebody sent, and what came back. */
export interface Submission {
  workflowId: string;
  planned: PlannedSend;
  /** the challenge that was open */
  openChallengeId: string;
  /** the one that the message names */
  namedChallengeId: string | null;
  /** what makes it known in a history; none for an approval */
  tokens: string[];
  reply: Reply;
}

export type Reply =
  | { kind: 'none-yet' }
  | { kind: 'signalled' }
  | { kind: 'verdict'; verdict: MfaVerdict }
  | { kind: 'refused'; reason: string }
  | { kind: 'attempt-over' }
  | { kind: 'error'; error: unknown };

export interface Sender {
  temporal: Client;
  publicKeys: PublicKeySet;
  marker: string;
}

/** Sends one answer; the submission is there at once, its reply later. Resolves when the server has the message. */
export async function submitAnswer(
  { temporal, publicKeys, marker }: Sender,
  { workflowId, userId, subject }: AttemptProgress,
  challenge: Challenge,
  planned: PlannedSend,
  earlierChallengeIds: readonly string[],
): Promise<{ submission: Submission; replied: Promise<void> }> {
  const answers = answersOf(planned, challenge, marker);
  const isPlain =
    planned.content === 'plain' || (challenge.kind === 'approve' && planned.content === 'right');
  const binding = { purpose: 'mfa', userId, subject } as const;
  const response: (string | Sealed)[] = isPlain
    ? answers
    : await Promise.all(answers.map((answer) => seal(answer, binding, publicKeys)));
  const other = earlierChallengeIds.find((id) => id !== challenge.challengeId) ?? `${challenge.challengeId}0`;
  const namedChallengeId =
    planned.content === 'stale' ? other : planned.form === 'with-id' ? challenge.challengeId : null;
  const submission: Submission = {
    workflowId,
    planned,
    openChallengeId: challenge.challengeId,
    namedChallengeId,
    tokens: response.flatMap((given) => (typeof given === 'string' ? [] : [given.sealed])),
    reply: { kind: 'none-yet' },
  };
  const payload =
    planned.content === 'junk'
      ? { answer: `junk-${marker}` }
      : namedChallengeId !== null
        ? { response, challengeId: namedChallengeId }
        : planned.form === 'bare'
          ? response
          : { response };
  const handle = temporal.workflow.getHandle(workflowId);
  const reply =
    planned.by === 'signal'
      ? handle.signal(MFA_ANSWER_SIGNAL, payload).then((): Reply => ({ kind: 'signalled' }))
      : handle
          .executeUpdate<unknown, [unknown]>(SUBMIT_MFA_ANSWER_UPDATE, { args: [payload] })
          .then((verdict): Reply => ({ kind: 'verdict', verdict: MfaVerdict.parse(verdict) }));
  const replied = reply.catch(whatWentWrong).then((come) => {
    submission.reply = come;
  });
  return { submission, replied };
}

function whatWentWrong(error: unknown): Reply {
  if (error instanceof WorkflowNotFoundError) return { kind: 'attempt-over' };
  if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
    return { kind: 'refused', reason: error.cause.type ?? '' };
  }
  return { kind: 'error', error };
}

function answersOf({ content }: PlannedSend, challenge: Challenge, marker: string): string[] {
  const right = rightAnswers(challenge);
  switch (content) {
    case 'right':
    case 'stale':
      return right;
    case 'wrong':
      return right.map(() => `wrong-answer-${marker}`);
    case 'too-many':
      return [...right, ...right, `wrong-answer-${marker}`];
    case 'plain':
      return right.map(() => 'a plain answer');
    case 'junk':
      return [];
  }
}

/** docs/sandbox.md, "People" and "Banks". */
const RIGHT: Readonly<Record<string, string[]>> = {
  'OTP Password': ['1234'],
  "What's your first company?": ['Hooli'],
  "What's the name of your account aggregation provider?": ['Basiq', 'AU00000'],
  'Second code': ['5678'],
};

function rightAnswers({ kind, prompts }: Challenge): string[] {
  if (kind === 'approve') return [APPROVAL_ANSWER];
  const answers = RIGHT[prompts[0] ?? ''];
  if (answers === undefined) throw new Error(`Nobody knows the answer to ${JSON.stringify(prompts)}`);
  return answers;
}
