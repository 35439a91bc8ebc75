import type { BankBehaviourChange } from '../src/sandbox/bank-behaviour';
import type { Random } from './random';

/** What the bank and Basiq do in a schedule. */
export interface BankPlan {
  institutionId: string;
  behaviour: BankBehaviourChange;
  /** how long each step of a job takes; real milliseconds */
  stepMs: number;
  stepResultForm: 'object' | 'array';
  linkForm: 'relative' | 'absolute';
  /** `forgets-to-give-up`: its queue goes on for fourteen days */
  basiq: 'as-documented' | 'forgets-to-give-up';
}

const CODES = [
  'service-unavailable',
  'job-timed-out',
  'institution-not-available',
  'user-action-required',
  'a-code-of-next-year',
] as const;

/** The bank: whom it asks what, and how its steps end. */
export function planBank(random: Random): BankPlan {
  const institutionId = random.weighted([
    [4, 'AU00000'],
    [6, 'AU00002'],
    [2, 'AU00003'],
    [4, 'AU90004'],
    [2, 'AU90005'],
    [2, 'AU90006'],
    [1, 'AU90007'],
    [0.6, 'AU90008'],
  ]);
  const outage = planOutage(random);
  const failing = random.chance(0.12)
    ? {
        title: random.pick([
          'verify-credentials',
          'mfa-challenge',
          'retrieve-accounts',
          'retrieve-transactions',
          'retrieve-statements',
        ]),
        code: random.pick(CODES),
        detail: 'As the schedule says',
      }
    : null;
  return {
    institutionId,
    behaviour: {
      ...outage.behaviour,
      wrongAnswer: random.pick(['http-400', 'failed-step', 'still-in-progress']),
      mfaExpiry: random.pick(['stays', 'job-timed-out']),
      mfaExpiryMs: 120_000,
      mfaSettleMs: random.pick([null, 0, 300]),
      mfaListedFromStart: random.chance(0.6),
      skipMfa: random.chance(0.05),
      failAtStep: failing,
    },
    // The slow bank takes twenty times as long.
    stepMs: institutionId === 'AU90007' ? random.pick([5, 15]) : random.pick([0, 0, 20, 90]),
    stepResultForm: random.pick(['object', 'array']),
    linkForm: random.pick(['relative', 'absolute']),
    basiq: outage.basiq,
  };
}

function planOutage(random: Random): { behaviour: BankBehaviourChange; basiq: BankPlan['basiq'] } {
  const status = random.pick(['major-outage', 'partial-outage']);
  const tryTakesMs = random.pick([null, null, 400, 1_200]);
  const none = { status: 'operational', recoversAfterTries: null, tryTakesMs } as const;
  const asDocumented = 'as-documented';
  return random.weighted([
    [58, { behaviour: none, basiq: asDocumented }],
    [28, { behaviour: { status, recoversAfterTries: random.int(1, 6), tryTakesMs }, basiq: asDocumented }],
    [8, { behaviour: { status, recoversAfterTries: null, tryTakesMs }, basiq: asDocumented }],
    [6, { behaviour: { status, recoversAfterTries: null, tryTakesMs }, basiq: 'forgets-to-give-up' }],
  ]);
}
