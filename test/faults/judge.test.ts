import { judge, type AttemptRecord } from './judge';
import { isClean, rowOf, tableOf } from './table';

const good: AttemptRecord = {
  script: 'MFA code',
  workflowId: 'connection:u:AU00002',
  expected: { ended: 'succeeded' },
  alsoRight: [],
  end: { ended: 'succeeded' },
  namedJobId: 'job-1',
  jobs: [{ jobId: 'job-1', state: 'succeeded' }],
  jobsWanted: 1,
  startsWanted: 1,
  startsDone: 1,
  answersSent: 1,
  answersGiven: 1,
  answersRepeated: 0,
  verdictsLost: 0,
  trouble: null,
};
const clean = { outcomeRight: true, jobsTwice: 0, answersTwice: 0, lost: 0 };
const job = (jobId: string, state = 'succeeded') => ({ jobId, state });

test('an attempt that kept all promises has nothing against it', () => {
  expect(judge(good)).toEqual({ ...clean, why: [] });
  const refused: AttemptRecord = {
    ...good,
    expected: { ended: 'failed', code: 'connection-exists' },
    end: { ended: 'failed', code: 'connection-exists' },
    namedJobId: null,
    jobs: [],
    jobsWanted: 0,
    startsWanted: 0,
    startsDone: 0,
    answersSent: 0,
    answersGiven: 0,
  };
  expect(judge(refused)).toEqual({ ...clean, why: [] });
});

test('what a fault may do to an attempt before it began a job is right, also when an adopted one went on at Basiq', () => {
  const refused = { ended: 'failed', code: 'redirect-refused' } as const;
  const met = { ...good, end: refused, alsoRight: [refused], startsWanted: 0, startsDone: 0 } as const;
  expect(judge(met)).toEqual({ ...clean, why: [] });
  expect(judge({ ...met, namedJobId: null })).toMatchObject({ outcomeRight: true, lost: 1 });
  expect(judge({ ...met, startsWanted: 1, startsDone: 1 })).toMatchObject({ outcomeRight: false });
});

test.each<[what: string, change: Partial<AttemptRecord>, wrong: object]>([
  ['another end', { end: { ended: 'failed', code: 'job-stalled' } }, { outcomeRight: false }],
  [
    'another code',
    {
      expected: { ended: 'failed', code: 'invalid-credentials' },
      end: { ended: 'failed', code: 'unknown-error' },
      jobs: [job('job-1', 'failed')],
    },
    { outcomeRight: false },
  ],
  ['success of a job that failed', { jobs: [job('job-1', 'failed')] }, { outcomeRight: false }],
  ['success while the job still runs', { jobs: [job('job-1', 'running')] }, { outcomeRight: false }],
  [
    'failure of a job that succeeded',
    { expected: { ended: 'failed', code: 'x' }, end: { ended: 'failed', code: 'x' } },
    { outcomeRight: false },
  ],
  ['success without a job', { namedJobId: null, jobs: [] }, { outcomeRight: false }],
  ['termination', { end: { ended: 'aborted' } }, { outcomeRight: false }],
  ['two jobs', { jobs: [job('job-1'), job('job-2')] }, { jobsTwice: 1, lost: 1 }],
  ['a second POST that Basiq answered with the first job', { startsDone: 2 }, { jobsTwice: 1 }],
  ['a job for an attempt that must not begin one', { startsWanted: 0, jobsWanted: 0 }, { jobsTwice: 1 }],
  ['an answer sent twice', { answersSent: 2 }, { answersTwice: 1 }],
  ['an answer that nobody gave', { answersGiven: 0 }, { answersTwice: 1 }],
  ['an answer while one was being checked', { answersGiven: 2, answersRepeated: 1 }, { answersTwice: 1 }],
  ['no end', { end: null, namedJobId: null }, { outcomeRight: false, lost: 1 }],
  ['a job that its end does not name', { namedJobId: null }, { outcomeRight: false, lost: 1 }],
  ['an answer without a verdict', { verdictsLost: 1 }, { lost: 1 }],
])('%s is seen, and said', (_what, change, wrong) => {
  const judgement = judge({ ...good, ...change });
  expect(judgement).toMatchObject({ ...clean, ...wrong });
  expect(judgement.why.length).toBeGreaterThan(0);
  for (const line of judgement.why) expect(line).toContain(good.workflowId);
});

test('an answer given again is no answer sent twice', () => {
  expect(judge({ ...good, answersSent: 2, answersGiven: 2 })).toEqual({ ...clean, why: [] });
});

test('a row is clean only when the fault struck attempts and each of them is right', () => {
  const right = judge(good);
  const wrong = judge({ ...good, startsDone: 2, end: null });
  expect(isClean(rowOf('a fault', 1, 1, [right]))).toBe(true);
  expect(isClean(rowOf('a fault', 0, 1, [right]))).toBe(false);
  expect(isClean(rowOf('a fault', 1, 1, []))).toBe(false);
  for (const change of [{ end: null }, { startsDone: 2 }, { answersSent: 2 }, { verdictsLost: 1 }])
    expect(isClean(rowOf('a fault', 1, 1, [right, judge({ ...good, ...change })]))).toBe(false);
  expect(tableOf([rowOf('a fault', 3, 61_000, [right, wrong])])).toMatch(/a fault +3 +2 +1 +1 +0 +1 +61 s/);
});
