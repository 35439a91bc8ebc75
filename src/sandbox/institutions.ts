import { type BankBehaviour, ordinaryBehaviour } from './bank-behaviour';
import type { Challenge } from './people';

/** The catalogue of banks: Basiq's own test banks and, from AU90001 on, those that show what Basiq's cannot. */
export interface Institution {
  id: string;
  name: string;
  shortName: string;
  /** What the bank is for, shown as its `serviceName`. */
  shows: string;
  authorization: 'user' | 'user-mfa' | 'user-mfa-intermittent';
  challenges: { when: 'never' | 'always' | 'every-second-job'; with: ChallengeSource };
  /** Each step takes this many times as long. */
  slowness: number;
  /** Its jobs stay as they were made, for ever. */
  neverStarts: boolean;
  /** Every second call about its connections and jobs is answered by 500, 429 or a reset, in turn. */
  flakyHttp: boolean;
  behaviour: BankBehaviour;
}

/** Whose challenges: the person's own, or the bank's own after (or instead of) it. */
export type ChallengeSource =
  | { source: 'person' }
  | { source: 'bank'; challenge: Challenge }
  | { source: 'person-then-bank'; challenge: Challenge };

const approvalWithoutPrompts: Challenge = {
  method: 'token',
  description: "Open your bank's app and approve the sign-in.",
  input: [],
  answers: ['confirmed'],
};

const approvalWithSentence: Challenge = {
  method: 'token',
  description: 'token',
  input: ['Open the Bendigo Bank app, approve the sign-in, then continue.'],
  answers: ['confirmed'],
};

const secondCode: Challenge = {
  method: 'token',
  description: 'Enter the second code that your bank sent you.',
  input: ['Second code'],
  answers: ['5678'],
};

const never = { when: 'never', with: { source: 'person' } } as const;
const always = { when: 'always', with: { source: 'person' } } as const;

function bank(id: string, name: string, shows: string, special: Partial<Institution> = {}): Institution {
  const challenges = special.challenges ?? never;
  return {
    id,
    name,
    shortName: name,
    shows,
    authorization:
      challenges.when === 'always'
        ? 'user-mfa'
        : challenges.when === 'every-second-job'
          ? 'user-mfa-intermittent'
          : 'user',
    challenges,
    slowness: 1,
    neverStarts: false,
    flakyHttp: false,
    behaviour: ordinaryBehaviour,
    ...special,
  };
}

const outage = (recoversAfterTries: number | null): BankBehaviour => ({
  ...ordinaryBehaviour,
  status: 'major-outage',
  recoversAfterTries,
});

export const institutions: readonly Institution[] = [
  bank('AU00000', 'Hooli Bank', 'Personal Online Banking'),
  bank('AU00002', 'Pied Piper Bank', 'Challenges every time', { challenges: always }),
  bank('AU00003', 'Nucleus Bank', 'Challenges half the time: every second job', {
    challenges: { when: 'every-second-job', with: { source: 'person' } },
    // An intermittent bank does not know beforehand, so the step appears with the challenge.
    behaviour: { ...ordinaryBehaviour, mfaListedFromStart: false },
  }),
  bank('AU00004', 'HooliGov', 'Personal Online Banking'),
  bank('AU90001', 'Back on the Third Try Bank', 'An outage that the third queued try finds ended', {
    behaviour: outage(3),
  }),
  bank('AU90002', 'Never Back Bank', 'An outage that lasts until somebody ends it', {
    behaviour: outage(null),
  }),
  bank('AU90003', 'Challenge after Outage Bank', 'Down for one queued try, then a challenge', {
    challenges: always,
    behaviour: outage(1),
  }),
  bank('AU90004', 'Two Rounds Bank', 'Two challenges, one after the other', {
    challenges: { when: 'always', with: { source: 'person-then-bank', challenge: secondCode } },
  }),
  bank('AU90005', 'App Approval Bank', 'Approval in an app; the challenge has no prompts', {
    challenges: { when: 'always', with: { source: 'bank', challenge: approvalWithoutPrompts } },
  }),
  bank('AU90006', 'Bendigo Bank (sandbox)', 'Approval in an app; the prompt is a sentence', {
    challenges: { when: 'always', with: { source: 'bank', challenge: approvalWithSentence } },
  }),
  bank('AU90007', 'Slow Bank', 'Each step takes twenty times as long', { slowness: 20 }),
  bank('AU90008', 'Stuck Bank', 'A job that never leaves pending', { neverStarts: true }),
  bank('AU90009', 'Flaky Bank', 'Every second call is answered by 500, 429 or a reset, in turn', {
    flakyHttp: true,
  }),
];
