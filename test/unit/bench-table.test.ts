import {
  goalIsMet,
  ratioByTurn,
  ratioOfMedians,
  single,
  spreadOf,
  type Comparison,
} from '../../bench/comparison';
import { figure, goalText, spreadText } from '../../bench/figures';
import { actionsIn, leftPhaseAtMs, stepsIn, type HistoryEvent } from '../../bench/history';
import { benchmarksPage } from '../../bench/page';
import { countsByOperation } from '../../bench/request-counts';
import { resultLines } from '../../bench/table';

const comparison: Comparison = {
  what: 'attempts a second',
  unit: 'a second',
  ours: spreadOf([38, 40, 42]),
  other: { name: 'bare workflow', figure: spreadOf([49, 50, 51]) },
  ratio: single(0.8),
  goal: { of: 'ratio', bound: 'at least', value: 0.8 },
};
const section = { title: 'Attempts', finding: { comparisons: [comparison], notes: ['three turns'] } };

test.each<[number[], number]>([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
])('the median of %j is %d', (values, median) => {
  expect(spreadOf(values)).toEqual({
    median,
    low: Math.min(...values),
    high: Math.max(...values),
    count: values.length,
  });
});

test('nothing measured is an error, not a figure', () => {
  expect(() => spreadOf([])).toThrow('nothing was measured');
});

test('what is measured in turns is compared turn by turn', () => {
  // The second turn was slow for both.
  expect(ratioByTurn([80, 8, 80], [100, 10, 100]).median).toBeCloseTo(0.8);
  expect(ratioOfMedians(spreadOf([2, 3]), spreadOf([10])).median).toBeCloseTo(0.25);
});

test.each<[Partial<Comparison>, boolean | null]>([
  [{}, true],
  [{ ratio: single(0.79) }, false],
  [{ ratio: null }, false],
  [{ goal: { of: 'ratio', bound: 'at most', value: 1.3 }, ratio: single(1.31) }, false],
  [{ goal: { of: 'ours', bound: 'at most', value: 40 } }, true],
  [{ goal: { of: 'ours', bound: 'at most', value: 39 } }, false],
  [{ goal: { of: 'ours', bound: 'at most', value: 0 }, ours: single(0) }, true],
  [{ goal: null }, null],
])('with %j the goal is met: %j', (change, met) => {
  expect(goalIsMet({ ...comparison, ...change })).toBe(met);
});

test.each([
  [0, '0'],
  [0.1834, '0.183'],
  [1.834, '1.83'],
  [18.34, '18.3'],
  [183.4, '183'],
  [1834, '1,834'],
])('%d reads %s', (value, text) => {
  expect(figure(value)).toBe(text);
});

test('a spread names its bounds and how often; one figure stands alone', () => {
  expect(spreadText(spreadOf([1.5, 2.5, 4]), 'ms')).toBe('2.50 ms (1.50 to 4, 3 times)');
  expect(spreadText(single(45), 'events')).toBe('45 events');
  expect(goalText({ goal: { of: 'ours', bound: 'at most', value: 45 }, unit: 'events' })).toBe('≤ 45 events');
});

test('the table marks a goal that is missed, and the figures stand under it', () => {
  const lines = resultLines([section]);
  expect(lines[1]).toMatch(/^attempts a second +40 a second +50 +0\.80 +ratio ≥ 0\.8 +yes$/);
  expect(lines.slice(2)).toEqual([
    '',
    'Attempts',
    '  attempts a second: 40 a second (38 to 42, 3 times); bare workflow: 50 a second (49 to 51, 3 times)',
    '  three turns',
  ]);
  const missed = { ...section, finding: { notes: [], comparisons: [{ ...comparison, ratio: single(0.5) }] } };
  expect(resultLines([missed])[1]).toMatch(/NO$/);
});

test('the page has the same row, the facts and how to measure it alone', () => {
  const page = benchmarksPage([{ ...section, name: 'throughput', about: 'About it.' }], ['2 × a CPU']);
  expect(page).toContain('| attempts a second | 40 a second | 50 | 0.80 | ratio ≥ 0.8 | yes |');
  expect(page).toContain('- 2 × a CPU\n');
  expect(page).toContain('## Attempts\n\nAbout it.\n');
  expect(page).toContain('`npm run bench -- --only throughput`');
});

test("requests are counted once: at the server's front end, in the users' namespace", () => {
  const page = [
    '# TYPE service_requests counter',
    'service_requests{namespace="default",operation="PollWorkflowTaskQueue",service_name="frontend"} 3',
    'service_requests{namespace="default",operation="PollWorkflowTaskQueue",service_name="matching"} 30',
    'service_requests{namespace="temporal_system",operation="PollWorkflowTaskQueue",service_name="frontend"} 300',
    'temporal_request{namespace="default",operation="RecordActivityTaskHeartbeat",service_name="temporal-core-sdk"} 7',
    'service_requests_other{namespace="default",operation="PollWorkflowTaskQueue",service_name="frontend"} 9',
  ].join('\n');
  expect(countsByOperation(page, 'service_requests')).toEqual(new Map([['PollWorkflowTaskQueue', 3]]));
  expect(countsByOperation(page, 'temporal_request').get('RecordActivityTaskHeartbeat')).toBe(7);
});

describe('a history', () => {
  const payload = (text: string) => ({
    metadata: { encoding: Buffer.from('json/plain') },
    data: Buffer.from(JSON.stringify([text])),
  });
  const upsert = (phase: string, atSeconds: number): HistoryEvent => ({
    eventTime: { seconds: atSeconds as never, nanos: 500_000_000 },
    upsertWorkflowSearchAttributesEventAttributes: {
      searchAttributes: { indexedFields: { ConnectionPhase: payload(phase) } },
    },
  });
  const events: HistoryEvent[] = [
    { workflowExecutionStartedEventAttributes: {} },
    { workflowTaskScheduledEventAttributes: {} },
    upsert('submitting', 1),
    { activityTaskScheduledEventAttributes: {} },
    { activityTaskStartedEventAttributes: { attempt: 84 } },
    upsert('queued', 2),
    { timerStartedEventAttributes: {} },
    upsert('succeeded', 3),
  ];

  test('counts as many actions as Temporal Cloud would: each try of an activity is one', () => {
    expect(actionsIn(events)).toBe(1 + 84 + 1 + 3);
  });

  test('gives the steps that a bare workflow repeats', () => {
    expect(stepsIn(events)).toEqual([
      { does: 'upsert', attributes: { ConnectionPhase: ['submitting'] } },
      { does: 'activity' },
      { does: 'upsert', attributes: { ConnectionPhase: ['queued'] } },
      { does: 'upsert', attributes: { ConnectionPhase: ['succeeded'] } },
    ]);
  });

  test('tells when a phase was left', () => {
    expect(leftPhaseAtMs(events, 'queued')).toBe(3_500);
    expect(leftPhaseAtMs(events, 'succeeded')).toBeNull();
    expect(leftPhaseAtMs(events, 'awaiting-mfa')).toBeNull();
  });
});
