import { SHORT } from './injections';
import { Random } from './random';
import { runLoad, type Report } from './run-load';
import { World } from './stage';
import { isClean, tableOf } from './table';
import { devServerOnFile } from './temporal-under-test';

/** `npm run test:faults -- --short`, as a test: a row for each fault, and what was found beside. */
const [plan] = SHORT;
const seed = Math.floor(Math.random() * 1_000_000);
let world: World;
let report: Report;

beforeAll(async () => {
  world = await World.start(devServerOnFile);
  report = await runLoad(plan!, world, { random: new Random(seed), short: true });
  process.stderr.write(`seed ${seed}\n${tableOf(report.rows)}\n`);
}, 600_000);
afterAll(() => world.stop(), 60_000);

test.each(plan!.injections.map(({ name }) => name))(
  '%s: each attempt that it met is right, once and whole',
  (name) => {
    const row = report.rows.find(({ fault }) => fault === name)!;
    expect({ seed, row, clean: isClean(row) }).toMatchObject({ clean: true });
  },
);

test('nothing is wrong with any attempt, nor with what was checked beside', () => {
  const wrong = [
    ...report.judgements.flatMap(({ why }) => why),
    ...report.checks.filter(({ holds }) => !holds).map(({ name }) => name),
  ];
  expect({ seed, wrong }).toEqual({ seed, wrong: [] });
});
