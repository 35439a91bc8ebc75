import { queueCadence, queuePosition } from '../../src/sandbox/retry-queue';

const HOUR_MS = 3_600_000;
const parkedAtMs = 1_000;

function at(nowMs: number, upFromTry: number | null, scale = 1, tryTakes = 1_000) {
  return queuePosition(
    {
      parkedAtMs,
      cadence: queueCadence(scale),
      findsBankUp: (tryNumber) => upFromTry !== null && tryNumber >= upFromTry,
      tryTakesMs: () => tryTakes,
    },
    parkedAtMs + nowMs,
  );
}

describe('the retry queue', () => {
  test('waits two hours for its first try', () => {
    expect(at(2 * HOUR_MS - 1, null)).toEqual({ tries: 0, state: 'waiting', updatedAtMs: parkedAtMs });
    expect(at(2 * HOUR_MS, null)).toEqual({
      tries: 1,
      state: 'trying',
      startedAtMs: parkedAtMs + 2 * HOUR_MS,
    });
  });

  test('shows the end of each try as its last change', () => {
    const second = parkedAtMs + 4 * HOUR_MS;
    expect(at(5 * HOUR_MS, null)).toEqual({ tries: 2, state: 'waiting', updatedAtMs: second + 1_000 });
  });

  test.each([1, 3, 84])('recovers at try %i, and stays recovered', (upFromTry) => {
    const startedAtMs = parkedAtMs + upFromTry * 2 * HOUR_MS;
    const recovered = { tries: upFromTry, state: 'recovered', startedAtMs, tryTakesMs: 1_000 };
    expect(at(upFromTry * 2 * HOUR_MS - 1, upFromTry).state).toBe('waiting');
    expect(at(upFromTry * 2 * HOUR_MS, upFromTry)).toEqual(recovered);
    expect(at(1_000 * HOUR_MS, upFromTry)).toEqual(recovered);
  });

  test('gives up after the 84th try, seven days after it was parked', () => {
    const week = 7 * 24 * HOUR_MS;
    expect(at(week - 1, null)).toMatchObject({ tries: 83, state: 'waiting' });
    expect(at(week + 999, null)).toMatchObject({ tries: 84, state: 'trying' });
    expect(at(week + 1_000, null)).toEqual({ tries: 84, state: 'gave-up', atMs: parkedAtMs + week + 1_000 });
    expect(at(5 * week, null)).toMatchObject({ tries: 84, state: 'gave-up' });
  });

  test.each([7, 1_000, 7_200, 86_400])('makes all 84 tries when %i times as fast', (scale) => {
    const week = (7 * 24 * HOUR_MS) / scale;
    expect(at(week * 2, null, scale)).toMatchObject({ tries: 84, state: 'gave-up' });
    expect(at(week * 2, 84, scale)).toMatchObject({ tries: 84, state: 'recovered' });
  });

  test('ends a try before the next one, however fast the clock is', () => {
    const everyMs = 1_000;
    expect(at(everyMs + 249, null, 7_200)).toMatchObject({ state: 'trying' });
    expect(at(everyMs + 250, null, 7_200)).toMatchObject({ state: 'waiting', tries: 1 });
  });
});
