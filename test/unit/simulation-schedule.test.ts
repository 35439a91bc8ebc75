import { DEFECTS, withDefect } from '../../simulation/defects';
import { Random } from '../../simulation/random';
import { scheduleOf } from '../../simulation/schedule';
import { readFileSync } from 'node:fs';
import path from 'node:path';

const SEEDS = Array.from({ length: 500 }, (_, index) => index + 1);

describe('a schedule', () => {
  test.each(SEEDS.slice(0, 20))('is the same each time that it is made: seed %i', (seed) => {
    expect(scheduleOf(seed)).toEqual(scheduleOf(seed));
  });

  test('differs from seed to seed', () => {
    expect(new Set(SEEDS.map((seed) => JSON.stringify(scheduleOf(seed)))).size).toBe(SEEDS.length);
  });

  test('is written as JSON without loss', () => {
    for (const seed of SEEDS) {
      const schedule = scheduleOf(seed);
      expect(JSON.parse(JSON.stringify(schedule))).toEqual(schedule);
    }
  });

  test('brings all kinds of trouble within a hundred seeds', () => {
    const schedules = SEEDS.slice(0, 100).map(scheduleOf);
    const actions = new Set(schedules.flatMap(({ events }) => events.map(({ action }) => action.kind)));
    expect([...actions].sort()).toEqual([
      'adopt-its-job',
      'bank-recovers',
      'basiq-falls-silent',
      'cancel',
      'check-now',
      'expire-tokens',
      'junk-signal',
      'replace-worker',
      'start-again',
      'step-basiq-clock',
    ]);
    const faults = new Set(
      schedules.flatMap(({ faults: planned }) => planned.map(({ fault }) => fault.kind)),
    );
    expect(faults.size).toBe(6);
    const sends = schedules.flatMap(({ person }) => person.answers.flatMap((answer) => answer.sends));
    expect(new Set(sends.map(({ content }) => content)).size).toBe(6);
    expect(new Set(schedules.map(({ operation }) => operation)).size).toBe(4);
    expect(schedules.some(({ bank }) => bank.basiq === 'forgets-to-give-up')).toBe(true);
    expect(schedules.some(({ crashes }) => crashes.some(({ when }) => when === 'after'))).toBe(true);
  });
});

test('the random numbers are those of mulberry32 on every machine', () => {
  const random = new Random(1);
  expect([random.next(), random.next(), random.next()]).toEqual([
    0.6270739405881613, 0.002735721180215478, 0.5274470399599522,
  ]);
});

describe('a deliberate defect', () => {
  test.each(Object.keys(DEFECTS))('%s finds its place in the sources', (name) => {
    const defect = DEFECTS[name]!;
    for (const file of new Set(defect.edits.map((edit) => edit.file))) {
      const text = readFileSync(path.join(__dirname, '..', '..', file), 'utf8');
      expect(withDefect(file, text, defect)).not.toBe(text);
    }
  });

  test('that does not is an error, and so is one with two places', () => {
    const defect = { what: '', edits: [{ file: 'a.ts', from: 'one', to: 'two' }] };
    expect(() => withDefect('a.ts', 'nothing', defect)).toThrow('a.ts: the text to change is there 0 times');
    expect(() => withDefect('a.ts', 'one, one', defect)).toThrow('there 2 times');
    expect(withDefect('a.ts', 'one', defect)).toBe('two');
    expect(withDefect('b.ts', 'nothing', defect)).toBe('nothing');
  });
});
