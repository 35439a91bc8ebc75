/** `npm run bench`: what keeping the promises costs, as ratios of things measured side by side. */
import { Command, Option } from 'commander';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { inWorld } from './bench-world';
import { machineFacts, temporalServerVersion } from './machine';
import type { Measure } from './measure';
import { mfaAnswer } from './mfa-answer';
import { newsAge } from './news-age';
import { parkedAttempts } from './parked-attempts';
import { queuedAttempt } from './queued-attempt';
import { startUp } from './start-up';
import { benchmarksPage } from './page';
import { assertProcessesReadable } from './process-load';
import { figureSentences, resultLines, type Section } from './table';
import { throughput } from './throughput';

const MEASURES: readonly Measure[] = [throughput, queuedAttempt, newsAge, mfaAnswer, startUp, parkedAttempts];
const PAGE = path.join(__dirname, '..', 'docs', 'benchmarks.md');

async function main(): Promise<void> {
  const names = MEASURES.map(({ name }) => name);
  const { short, only } = new Command('bench')
    .description('Measures attempts beside the least that Temporal needs for the same, and prints the ratios')
    .option('--short', 'fewer repetitions, to try it out; writes no page', false)
    .addOption(new Option('--only <name>', 'one measure; writes no page').choices(names))
    .parse()
    .opts<{ short: boolean; only?: string }>();
  assertProcessesReadable();

  const sections: (Section & Pick<Measure, 'name' | 'about'>)[] = [];
  for (const { name, title, about, run } of MEASURES) {
    if (only !== undefined && only !== name) continue;
    console.error(`${title} …`);
    const finding = await run(short ? 'short' : 'full');
    // The last measure may take a quarter of an hour: what is known by then is not kept back.
    for (const line of figureSentences(finding)) console.error(`  ${line}`);
    sections.push({ name, title, about, finding });
  }
  console.log(resultLines(sections).join('\n'));
  if (short || only !== undefined) return;

  const facts = machineFacts(await inWorld(({ connection }) => temporalServerVersion(connection)));
  await writeFile(PAGE, benchmarksPage(sections, facts));
  console.log(`\nWritten to docs/benchmarks.md`);
}

main().catch((error: unknown) => {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
});
