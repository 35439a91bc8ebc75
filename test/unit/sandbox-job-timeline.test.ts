import { BehaviourHistory, type BankBehaviour, ordinaryBehaviour } from '../../src/sandbox/bank-behaviour';
import type { JobHistory, JobPlan, MfaAnswer } from '../../src/sandbox/job-plan';
import { jobPosition } from '../../src/sandbox/job-timeline';
import { people, type Person } from '../../src/sandbox/people';
import { queueCadence } from '../../src/sandbox/retry-queue';

const HOUR_MS = 3_600_000;
const MADE_AT = 1_000_000;

const personOf = (loginId: string): Person => people.find((person) => person.loginId === loginId)!;
const otp = personOf('jared').challenge;

function job(
  plan: Partial<JobPlan> = {},
  behaviour: Partial<BankBehaviour> = {},
  answers: MfaAnswer[] = [],
): JobHistory & { bank: BehaviourHistory } {
  const bank = new BehaviourHistory({ ...ordinaryBehaviour, ...behaviour });
  return {
    bank,
    answers,
    behaviourAt: (timeMs) => bank.at(timeMs),
    plan: {
      jobId: 'job',
      userId: 'user',
      connectionId: 'connection',
      institutionId: 'AU00000',
      kind: 'create',
      createdAtMs: MADE_AT,
      stepMs: 1_000,
      cadence: queueCadence(1),
      apiVersion: '2.1',
      person: personOf('ashMann'),
      challenges: [],
      neverStarts: false,
      ...plan,
    },
  };
}

const accepted = (afterMs: number, round = 1): MfaAnswer => ({
  atMs: MADE_AT + afterMs,
  round,
  verdict: 'accepted',
  failsStep: false,
});

const outage = { status: 'major-outage', recoversAfterTries: 2 } as const;

const jobs: [string, () => JobHistory][] = [
  ['a plain success', () => job()],
  ['wrong credentials', () => job({ person: null })],
  ['a failing retrieve', () => job({ person: personOf('erlich') })],
  ['a challenge that is answered', () => job({ challenges: [otp] }, {}, [accepted(20_000)])],
  ['a challenge that is not', () => job({ challenges: [otp] })],
  ['two rounds', () => job({ challenges: [otp, otp] }, {}, [accepted(5_000), accepted(9_000, 2)])],
  ['an outage that ends', () => job({}, outage)],
  ['an outage that does not', () => job({}, { status: 'partial-outage' })],
  ['an outage, then a challenge', () => job({ challenges: [otp] }, outage, [accepted(4 * HOUR_MS + 9_000)])],
  ['an outage at a refresh', () => job({ kind: 'refresh' }, outage)],
  [
    'a step that was told to fail',
    () => job({}, { failAtStep: { title: 'retrieve-statements', code: 'x', detail: '' } }),
  ],
];

describe.each(jobs)('%s', (_case, make) => {
  // Close together around every change in the first minutes, and around the tries; then past the week.
  const looks = [
    ...Array.from({ length: 400 }, (_, index) => index * 500),
    ...Array.from({ length: 85 }, (_, index) => (index + 1) * 2 * HOUR_MS),
    ...Array.from({ length: 85 }, (_, index) => (index + 1) * 2 * HOUR_MS + 1_000),
    ...Array.from({ length: 60 }, (_, index) => 4 * HOUR_MS + index * 500),
    300 * HOUR_MS,
    400 * HOUR_MS,
  ]
    .sort((a, b) => a - b)
    .map((afterMs) => MADE_AT + afterMs);

  test('changes only when `updated` says so, which never runs ahead or back', () => {
    const history = make();
    let before = jobPosition(history, MADE_AT);
    for (const nowMs of looks) {
      const position = jobPosition(history, nowMs);
      expect(position.updatedAtMs).toBeLessThanOrEqual(nowMs);
      expect(position.updatedAtMs).toBeGreaterThanOrEqual(before.updatedAtMs);
      if (position.updatedAtMs === before.updatedAtMs && nowMs > MADE_AT) {
        expect(position.steps).toEqual(before.steps);
      }
      before = position;
    }
  });

  test('ends once and for all', () => {
    const history = make();
    let ended: object | null = null;
    for (const nowMs of looks) {
      const position = jobPosition(history, nowMs);
      if (ended !== null) expect(position).toEqual(ended);
      const isEnded = position.state === 'succeeded' || position.state === 'failed';
      expect(isEnded).toBe(
        position.steps.some(({ status }) => status === 'failed') ||
          position.steps.every(({ status }) => status === 'success' || status === 'skipped'),
      );
      if (isEnded) ended ??= position;
    }
    expect(ended).not.toBeNull();
  });
});

test('a change of the bank holds from when it was made: steps that had begun keep what was in force', () => {
  const history = job();
  const failAtStep = { title: 'retrieve-accounts', code: 'connector-error', detail: '' };
  history.bank.change({ failAtStep }, MADE_AT + 1_500);
  expect(jobPosition(history, MADE_AT + 9_000).state).toBe('succeeded');
  const later = job({ createdAtMs: MADE_AT + 600 });
  later.bank.change({ failAtStep }, MADE_AT + 1_500);
  expect(jobPosition(later, MADE_AT + 9_000).state).toBe('failed');
});

test('a partial change leaves the rest of a bank as it was', () => {
  const bank = new BehaviourHistory(ordinaryBehaviour);
  bank.change({ status: 'major-outage' }, 10);
  bank.change({ wrongAnswer: 'failed-step' }, 20);
  expect(bank.at(9)).toEqual(ordinaryBehaviour);
  expect(bank.at(10)).toEqual({ ...ordinaryBehaviour, status: 'major-outage' });
  expect(bank.latest).toEqual({ ...ordinaryBehaviour, status: 'major-outage', wrongAnswer: 'failed-step' });
});
