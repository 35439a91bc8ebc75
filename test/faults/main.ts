/** `npm run test:faults`: every fault in the middle of a load, and a table of what became of the attempts. */
import { Command, InvalidArgumentError } from 'commander';
import type { Injection } from './injection';
import { INJECTIONS, SHORT } from './injections';
import { Random } from './random';
import { runInjection, type Report } from './run-injection';
import { World } from './stage';
import { isClean, tableOf, type Row } from './table';
import { devServerOnFile } from './temporal-under-test';

interface CommandLine {
  short?: true;
  only?: string[];
  seed: number;
}

const number = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError('It must be a whole number.');
  return value;
};

const names = INJECTIONS.map(({ name, what }) => `  ${name}: ${what}`).join('\n');
const options = new Command('test:faults')
  .description('Faults in the middle of a load: is each attempt still right, once, and whole?')
  .option('--short', 'each fault briefly, on the dev server')
  .option('--only <name...>', 'the faults whose name begins so')
  .option('--seed <n>', 'of what is drawn at random', number, Math.floor(Math.random() * 1_000_000))
  .addHelpText('after', `\nFaults:\n${names}`)
  .parse()
  .opts<CommandLine>();

async function main(): Promise<void> {
  const { short = false, only, seed } = options;
  console.log(`seed ${seed}`);
  const wanted = (short ? SHORT : INJECTIONS).filter(
    ({ name }) => only?.some((begin) => name.startsWith(begin)) ?? true,
  );
  if (wanted.length === 0) throw new Error(`--only: no fault's name begins so. There are:\n${names}`);
  const reports: Report[] = [];
  const random = new Random(seed);
  const world = await World.start(devServerOnFile);
  try {
    for (const injection of wanted.filter(({ needs }) => needs === 'dev-server')) {
      reports.push(await told(injection, world, random, short));
    }
  } finally {
    await world.stop();
  }
  conclude(reports, []);
}

async function told(injection: Injection, world: World, random: Random, short: boolean): Promise<Report> {
  const load = { atOnce: short ? 12 : 16, parked: 3, patienceMs: short ? 120_000 : 240_000 };
  const report = await runInjection(injection, world, { random, short, load });
  console.log(tableOf([report.row]).split('\n').at(1));
  for (const line of report.why) console.log(`  ${line}`);
  for (const { name, holds } of report.checks) console.log(`  ${holds ? 'ok' : 'WRONG'}: ${name}`);
  return report;
}

function conclude(reports: readonly Report[], notRun: readonly Row[]): void {
  const rows = [...reports.map(({ row }) => row), ...notRun];
  const phases = new Map<string, number>();
  for (const report of reports)
    for (const [phase, count] of report.phases) phases.set(phase, (phases.get(phase) ?? 0) + count);
  console.log(`\n${tableOf(rows)}\n`);
  const seen = [...phases].sort(([, a], [, b]) => b - a).map(([phase, count]) => `${phase} ${count}`);
  console.log(`Attempts by phase when a fault struck: ${seen.join(', ')}`);
  const checks = reports.flatMap((report) => report.checks);
  const passed = rows.filter(isClean).length + checks.filter(({ holds }) => holds).length;
  const failed = rows.length + checks.length - passed;
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
