import type { Measure } from './measure';
import { figureSentences, tableCells, type Section } from './table';

const PRELUDE = `# Benchmarks

Written by \`npm run bench\`, not by hand. What counts are the ratios: each compares two things that were measured in the
same run, side by side on one server, and in turns where time is what is measured. The figures themselves are those of one
small machine, on which the Temporal server, the sandbox, the workers and the client share the cores.

\`npm run bench -- --only NAME\` measures one thing, \`--short\` all of them with fewer repetitions; neither writes this page.
Give it a machine that does nothing else.
`;

/** docs/benchmarks.md. */
export function benchmarksPage(
  sections: readonly (Section & Pick<Measure, 'name' | 'about'>)[],
  facts: readonly string[],
): string {
  const rows = sections.flatMap(({ finding }) => finding.comparisons.map(tableCells));
  return [
    PRELUDE,
    ...facts.map((fact) => `- ${fact}`),
    '',
    '| measure | ours | beside it | ratio | goal | met |',
    '|---|---|---|---|---|---|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...sections.flatMap(({ name, title, about, finding }) => [
      `## ${title}`,
      '',
      about,
      '',
      ...figureSentences(finding).map((line) => `- ${line}`),
      `- alone: \`npm run bench -- --only ${name}\``,
      '',
    ]),
  ].join('\n');
}
