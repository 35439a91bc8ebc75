import type { AttemptInput } from '../src/client';

/** Who answers when the bank asks. */
export type Answers =
  | { by: 'nobody' }
  /** the person at the terminal; without one, the answer that the sandbox documents */
  | { by: 'person'; documented: readonly string[] }
  /** the demo itself: the first entry to the first question, the second to the next */
  | { by: 'script'; rounds: readonly (readonly string[])[] }
  /** approval in the bank's app, which the demo confirms */
  | { by: 'approval' };

/** How an attempt ends. */
export type End = { ended: 'succeeded' } | { ended: 'failed'; code: string } | { ended: 'cancelled' };

export interface DemoAttempt {
  key: string;
  name: string;
  institutionId: string;
  credentials: { loginId: string; password: string };
  answers: Answers;
  expected: {
    end: End;
    /** how many POSTs of an MFA answer Basiq should get; null where the person decides that */
    mfaPosts: number | null;
    /** whether Basiq should have parked its job */
    queued: boolean;
  };
}

const succeeded: End = { ended: 'succeeded' };

/** The people and banks are the sandbox's (docs/sandbox.md). */
export const DEMO_ATTEMPTS: readonly DemoAttempt[] = [
  {
    key: 'a',
    name: 'Plain success',
    institutionId: 'AU00000',
    credentials: { loginId: 'Gilfoyle', password: 'PiedPiper' },
    answers: { by: 'nobody' },
    expected: { end: succeeded, mfaPosts: 0, queued: false },
  },
  {
    key: 'b',
    name: 'MFA code',
    institutionId: 'AU00002',
    credentials: { loginId: 'jared', password: 'django' },
    answers: { by: 'person', documented: ['1234'] },
    expected: { end: succeeded, mfaPosts: null, queued: false },
  },
  {
    key: 'c',
    name: 'Wrong answer first',
    institutionId: 'AU00002',
    credentials: { loginId: 'Whistler', password: 'ShowBox' },
    answers: {
      by: 'script',
      rounds: [
        ['Basiq', 'not this one'],
        ['Basiq', 'AU00000'],
      ],
    },
    expected: { end: succeeded, mfaPosts: 2, queued: false },
  },
  {
    key: 'd',
    name: 'Approval in an app',
    institutionId: 'AU90006',
    credentials: { loginId: 'Gilfoyle', password: 'PiedPiper' },
    answers: { by: 'approval' },
    expected: { end: succeeded, mfaPosts: 1, queued: false },
  },
  {
    key: 'e',
    name: 'Outage, third try',
    institutionId: 'AU90001',
    credentials: { loginId: 'Gilfoyle', password: 'PiedPiper' },
    answers: { by: 'nobody' },
    expected: { end: succeeded, mfaPosts: 0, queued: true },
  },
  {
    key: 'f',
    name: 'Outage, seven days',
    institutionId: 'AU90002',
    credentials: { loginId: 'Gilfoyle', password: 'PiedPiper' },
    answers: { by: 'nobody' },
    expected: { end: { ended: 'failed', code: 'temporary-unavailable' }, mfaPosts: 0, queued: true },
  },
  {
    key: 'g',
    name: 'Wrong password',
    institutionId: 'AU00000',
    credentials: { loginId: 'Wentworth-Smith', password: 'not-whislter' },
    answers: { by: 'nobody' },
    expected: { end: { ended: 'failed', code: 'invalid-credentials' }, mfaPosts: 0, queued: false },
  },
];

export function requestOf({ institutionId, credentials }: DemoAttempt, userId: string): AttemptInput {
  return { userId, operation: { kind: 'create', institutionId, credentials } };
}
