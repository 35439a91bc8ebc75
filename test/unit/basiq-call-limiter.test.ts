import { getEventListeners } from 'node:events';
import { CallLimiter, type CallPriority } from '../../src/basiq/call-limiter';

// The clock stands still unless a test moves it: a busy machine is late with timers.
beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('who waits is served by priority, and in order within one', async () => {
  const limiter = new CallLimiter(50);
  await Promise.all(Array.from({ length: 50 }, () => limiter.turn('look')));
  const served: string[] = [];
  const ask = (priority: CallPriority, name: string) => limiter.turn(priority).then(() => served.push(name));
  const all = Promise.all([
    ask('look', 'look 1'),
    ask('start-job', 'create 1'),
    ask('look', 'look 2'),
    ask('mfa-answer', 'answer 1'),
    ask('start-job', 'create 2'),
    ask('mfa-answer', 'answer 2'),
  ]);
  await jest.runAllTimersAsync();
  await all;
  expect(served).toEqual(['answer 1', 'answer 2', 'create 1', 'create 2', 'look 1', 'look 2']);
});

test('one second’s worth at once, then a steady rate', async () => {
  const limiter = new CallLimiter(20);
  const startedMs = performance.now();
  const atMs: number[] = [];
  for (let n = 0; n < 30; n += 1)
    void limiter.turn('look').then(() => atMs.push(performance.now() - startedMs));
  await jest.runAllTimersAsync();
  expect(atMs).toEqual([
    ...Array.from({ length: 20 }, () => 0),
    50,
    100,
    150,
    200,
    250,
    300,
    350,
    400,
    450,
    500,
  ]);
});

test('less than one a second', async () => {
  const limiter = new CallLimiter(0.5);
  await limiter.turn('look');
  const caller = new AbortController();
  const second = limiter.turn('mfa-answer', caller.signal);
  caller.abort(new Error('enough'));
  await expect(second).rejects.toThrow('enough');
});

test('who leaves costs nobody a turn', async () => {
  const limiter = new CallLimiter(10);
  await Promise.all(Array.from({ length: 10 }, () => limiter.turn('look')));
  const caller = new AbortController();
  const leaving = limiter.turn('mfa-answer', caller.signal);
  const startedMs = performance.now();
  const staying = limiter.turn('look');
  caller.abort();
  await expect(leaving).rejects.toThrow();
  await jest.runAllTimersAsync();
  await staying;
  // the first turn went to the one that stayed, not the second one, which comes 100 ms later
  expect(performance.now() - startedMs).toBe(100);
});

test('leaves nothing on a signal', async () => {
  const limiter = new CallLimiter(100);
  const { signal } = new AbortController();
  const all = Promise.all(Array.from({ length: 102 }, () => limiter.turn('look', signal)));
  await jest.runAllTimersAsync();
  await all;
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
});

test('an aborted signal gets no turn', async () => {
  await expect(new CallLimiter(1).turn('look', AbortSignal.abort(new Error('too late')))).rejects.toThrow(
    'too late',
  );
});

test.each([0, -1, NaN, Infinity])('refuses a rate of %d', (rate) => {
  expect(() => new CallLimiter(rate)).toThrow(RangeError);
});
