/** `npm run test:faults`: every fault in the middle of a load, and a table of what became of the attempts. */
import { Command, InvalidArgumentError } from 'commander';
import { postgresqlCluster } from './cluster-under-test';
import { FULL, SHORT, type Plan } from './injections';
import { Random } from './random';
import { runLoad, type Report } from './run-load';
import { World } from './stage';
import { isClean, rowOf, tableOf } from './table';
import { devServerOnFile, type TemporalUnderTest } from './temporal-under-test';

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

const names = FULL.flatMap(({ injections }) => injections)
  .map(({ name, what }) => `  ${name}: ${what}`)
  .join('\n');
const options = new Command('test:faults')
  .description('Faults in the middle of a load: is each attempt still right, once, and whole?')
  .option('--short', 'some of each, briefly, on the dev server')
  .option('--only <name...>', 'the faults whose name begins so')
  .option('--seed <n>', 'of what is drawn at random', number, Math.floor(Math.random() * 1_000_000))
  .addHelpText('after', `\nFaults:\n${names}`)
  .parse()
  .opts<CommandLine>();

interface Outcome {
  reports: Report[];
  notRun: string[];
}

async function main(): Promise<void> {
  const { short = false, seed } = options;
  console.log(`seed ${seed}`);
  const random = new Random(seed);
  const outcome: Outcome = { reports: [], notRun: [] };
  const groups = wanted(short ? SHORT : FULL);
  for (const on of ['dev-server', 'cluster'] as const) {
    const here = groups.filter((group) => group.on === on);
    if (here.length === 0) continue;
    const start = on === 'dev-server' ? devServerOnFile : postgresqlCluster();
    if (typeof start === 'string') {
      for (const { name } of here.flatMap(({ injections }) => injections))
        outcome.notRun.push(`${name}: ${start}`);
    } else {
      await runOn(start, here, random, short, outcome);
    }
  }
  conclude(outcome);
}

function wanted(plans: readonly Plan[]): Plan[] {
  const { only } = options;
  const chosen = plans
    .map((plan) => ({
      ...plan,
      injections: plan.injections.filter(
        ({ name }) => only?.some((begin) => name.toLowerCase().startsWith(begin.toLowerCase())) ?? true,
      ),
    }))
    .filter(({ injections }) => injections.length > 0);
  if (chosen.length === 0) throw new Error(`--only: no fault's name begins so. There are:\n${names}`);
  return chosen;
}

async function runOn(
  start: (folder: string) => Promise<TemporalUnderTest>,
  plans: readonly Plan[],
  random: Random,
  short: boolean,
  { reports }: Outcome,
): Promise<void> {
  const world = await World.start(start);
  try {
    for (const plan of plans) {
      console.log(`… ${plan.injections.map(({ name }) => name).join(', ')}`);
      const report = await runLoad(plan, world, { random, short });
      reports.push(report);
      for (const line of report.judgements.flatMap(({ why }) => why)) console.log(`  WRONG  ${line}`);
      for (const { name, holds } of report.checks) console.log(`  ${holds ? 'ok   ' : 'WRONG'}  ${name}`);
    }
  } finally {
    await world.stop();
  }
}

function conclude({ reports, notRun }: Outcome): void {
  const rows = reports.flatMap((report) => report.rows);
  const strikes = rows.reduce((sum, { struck }) => sum + struck, 0);
  const tookMs = rows.reduce((sum, row) => sum + row.tookMs, 0);
  const all = rowOf(
    'all attempts, each once',
    strikes,
    tookMs,
    reports.flatMap(({ judgements }) => judgements),
  );
  console.log(`\n${tableOf([...rows, all])}\n`);

  const phases = new Map<string, number>();
  for (const [phase, count] of reports.flatMap((report) => [...report.phases]))
    phases.set(phase, (phases.get(phase) ?? 0) + count);
  const seen = [...phases].sort(([, a], [, b]) => b - a).map(([phase, count]) => `${phase} ${count}`);
  console.log(`Attempts by phase when a fault struck: ${seen.join(', ')}`);
  for (const reason of notRun) console.log(`NOT RUN  ${reason}`);

  const judged = [
    ...[...rows, all].map(isClean),
    ...reports.flatMap(({ checks }) => checks.map(({ holds }) => holds)),
  ];
  const passed = judged.filter(Boolean).length;
  const failed = judged.length - passed;
  if (notRun.length > 0) console.log(`${notRun.length} not run`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
  console.log('0 passed, 1 failed');
  process.exitCode = 1;
});
