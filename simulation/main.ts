/** `npm run simulate`: seeded schedules on the time-skipping server; docs/testing.md says what they vary and check. */
import { Command, InvalidArgumentError, Option } from 'commander';
import path from 'node:path';
import { makeDefectiveCopy, removeCopy } from './defective-copy';
import { DEFECTS } from './defects';
import type { SeedReport } from './run-seed';
import { scheduleOf } from './schedule';
import { runSeeds } from './seed-lanes';
import { PROMISES } from './violation';

const ROOT = path.join(__dirname, '..');

const options = new Command('simulate')
  .description('Seeded random schedules on the time-skipping server, each checked for the four promises')
  .option('--seeds <n>', 'how many seeds; 50, or with a defect 100 at most', wholeNumber)
  .option('--from <seed>', 'the first one', wholeNumber, 1)
  .option('--seed <seed>', 'this one alone, with all that happened', wholeNumber)
  .option('--explain', 'with --seed: print its schedule and do not run it', false)
  .option('--workers <n>', 'how many processes', wholeNumber, 2)
  .addOption(
    new Option(
      '--defect <name>',
      'put this defect into a copy of the sources, and run until it is found',
    ).choices([...Object.keys(DEFECTS), 'all']),
  )
  .parse()
  .opts<Options>();

interface Options {
  seeds?: number;
  from: number;
  seed?: number;
  explain: boolean;
  workers: number;
  defect?: string;
}

async function main(): Promise<void> {
  const { seed, defect } = options;
  if (seed !== undefined && options.explain) {
    console.log(JSON.stringify(scheduleOf(seed), null, 2));
    return;
  }
  const isWell = defect === undefined ? await runAll() : await findDefects(defect);
  if (!isWell) process.exitCode = 1;
}

function seedsToRun(usual: number): number[] {
  const { seed, seeds = usual, from } = options;
  return seed === undefined ? Array.from({ length: seeds }, (_, index) => from + index) : [seed];
}

async function runAll(): Promise<boolean> {
  const begunMs = performance.now();
  let passed = 0;
  const failed: number[] = [];
  const bundlePath = path.join(ROOT, 'dist', 'workflow-bundle.js');
  await runSeeds({ folder: ROOT, bundlePath, lanes: options.workers }, seedsToRun(50), (report) => {
    const isWell = report.violations.length === 0;
    if (isWell) passed += 1;
    else failed.push(report.seed);
    if (isWell && options.seed === undefined) console.log(oneLine(report));
    else console.log(story(report));
    return true;
  });
  console.log(`${passed} seeds passed, ${failed.length} failed in ${secondsSince(begunMs)} s`);
  for (const each of failed.sort((a, b) => a - b)) console.log(`again: npm run simulate -- --seed ${each}`);
  return failed.length === 0;
}

/** Each of the defects, or the one, must be found. */
async function findDefects(wanted: string): Promise<boolean> {
  let allFound = true;
  for (const [name, defect] of Object.entries(DEFECTS)) {
    if (wanted !== 'all' && wanted !== name) continue;
    console.log(`${name}: ${defect.what}`);
    const begunMs = performance.now();
    const { folder, bundlePath } = makeDefectiveCopy(ROOT, name, defect);
    try {
      const run = { count: 0, found: null as SeedReport | null };
      await runSeeds({ folder, bundlePath, lanes: options.workers }, seedsToRun(100), (report) => {
        run.count += 1;
        // What the test server has spoilt shows nothing of the defect.
        if (report.violations.length > 0 && report.serverError === null) run.found ??= report;
        return run.found === null;
      });
      const { found, count } = run;
      allFound &&= found !== null;
      console.log(
        found === null
          ? `  NOT FOUND in ${count} seeds`
          : `  found by seed ${found.seed}, within ${count} seeds and ${secondsSince(begunMs)} s:`,
      );
      for (const { promise, what } of found?.violations ?? []) console.log(`  promise ${promise}: ${what}`);
    } finally {
      removeCopy(folder);
    }
  }
  return allFound;
}

function oneLine({ seed, ends, tookMs, clockIsSound }: SeedReport): string {
  return `seed ${seed}: ${ends.join('; ')} (${tookMs} ms)${clockIsSound ? '' : ', and a new server'}`;
}

function secondsSince(begunMs: number): string {
  return ((performance.now() - begunMs) / 1_000).toFixed(0);
}

function story({ seed, violations, timeline, histories, ends, tookMs }: SeedReport): string {
  return [
    `seed ${seed}: ${violations.length === 0 ? 'passed' : 'FAILED'} (${tookMs} ms)`,
    ...violations.map(({ promise, what }) => `  promise ${promise} (${PROMISES[promise]}): ${what}`),
    'schedule:',
    JSON.stringify(scheduleOf(seed)),
    'what happened:',
    ...timeline.map((line) => `  ${line}`),
    ...histories.flatMap((history, index) => [
      `history of attempt ${index + 1}, which ended ${ends[index] ?? ''}:`,
      ...history.split('\n').map((line) => `  ${line}`),
    ]),
    '',
  ].join('\n');
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('must be a whole number');
  return Number(text);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
