import { nextLookInMs, queuePeriods, queuePosition } from '../../src/basiq/retry-queue';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const created = Date.parse('2026-11-22T00:00:00Z');
const at = (ms: number) => new Date(created + ms).toISOString();
const periods = queuePeriods(1);

const position = (ageMs: number, updatedAgo: number | null = ageMs) =>
  queuePosition(
    { createdAt: at(0), updatedAt: updatedAgo === null ? null : at(ageMs - updatedAgo) },
    created + ageMs,
    periods,
  );

describe('where a parked job stands', () => {
  test('just parked', () => {
    expect(position(0)).toEqual({
      ageMs: 0,
      nextTryInMs: 2 * HOUR,
      givesUpInMs: 7 * DAY,
      pastCeiling: false,
    });
  });

  test.each([
    [0.5 * HOUR, 1.5 * HOUR],
    [2 * HOUR, 2 * HOUR],
    [3 * HOUR, 1 * HOUR],
    [83 * HOUR, 1 * HOUR],
  ])('%i ms old and never moved, the next try is due in %i', (ageMs, nextTryInMs) => {
    expect(position(ageMs).nextTryInMs).toBe(nextTryInMs);
    expect(position(ageMs, null).nextTryInMs).toBe(nextTryInMs);
  });

  test('a job that Basiq touched at its last try is due two hours after that', () => {
    expect(position(5 * HOUR, 30 * MINUTE).nextTryInMs).toBe(1.5 * HOUR);
  });

  test('seven days and the grace are the ceiling', () => {
    expect(position(7 * DAY)).toMatchObject({ givesUpInMs: 0, pastCeiling: false });
    expect(position(7 * DAY + HOUR - 1).pastCeiling).toBe(false);
    expect(position(7 * DAY + HOUR).pastCeiling).toBe(true);
  });

  test('times that cannot be read, or lie ahead of the clock, do no harm', () => {
    const odd = queuePosition({ createdAt: 'yesterday', updatedAt: null }, created, periods);
    expect(odd).toMatchObject({ ageMs: 0, nextTryInMs: 2 * HOUR });
    const ahead = queuePosition({ createdAt: at(5_000), updatedAt: at(9_000) }, created, periods);
    expect(ahead).toMatchObject({ ageMs: 0, nextTryInMs: 2 * HOUR, pastCeiling: false });
  });
});

describe('the next look', () => {
  test('comes a little after the try, and not with everyone else’s', () => {
    expect(nextLookInMs(position(HOUR), periods, 0)).toBe(HOUR + MINUTE);
    expect(nextLookInMs(position(HOUR), periods, 0.5)).toBe(HOUR + 1.5 * MINUTE);
  });

  test('is never past the ceiling, and always ahead', () => {
    expect(nextLookInMs(position(7 * DAY + 50 * MINUTE), periods, 1)).toBe(10 * MINUTE);
    expect(nextLookInMs(position(7 * DAY + HOUR), periods, 1)).toBe(1);
    expect(nextLookInMs(position(30 * DAY), periods, 0)).toBe(1);
  });
});

describe('a sandbox whose queue runs faster', () => {
  test('has every length divided', () => {
    const fast = queuePeriods(60);
    expect(fast.tryEveryMs).toBe(2 * MINUTE);
    expect(fast.givesUpAfterMs).toBe(7 * 24 * MINUTE);
    expect(fast.backstopAfterMs).toBe(8 * 24 * MINUTE);
    expect(fast.lookAfterTryMs).toBe(1_000);
  });

  test('has a grace of two seconds at least: the Date header counts whole ones', () => {
    expect(queuePeriods(86_400).ceilingGraceMs).toBe(2_000);
  });
});
