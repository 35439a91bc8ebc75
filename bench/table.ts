import { goalIsMet, type Comparison, type Finding } from './comparison';
import { figure, goalText, ratioText, spreadText, withUnit } from './figures';

export interface Section {
  title: string;
  finding: Finding;
}

/** The one table of ratios, for a terminal of 110 columns, and under it the figures of each measure. */
export function resultLines(sections: readonly Section[]): string[] {
  return [...ratioTable(sections), ...sections.flatMap((section) => ['', ...figureLines(section)])];
}

function ratioTable(sections: readonly Section[]): string[] {
  const rows = sections.flatMap(({ finding }) => finding.comparisons.map(tableCells));
  const head = ['measure', 'ours', 'beside it', 'ratio', 'goal', 'met'];
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** What, ours, beside it, ratio, goal, whether it is met. */
export function tableCells(comparison: Comparison): string[] {
  const { what, unit, ours, other, ratio } = comparison;
  const met = goalIsMet(comparison);
  return [
    what,
    withUnit(ours.median, unit),
    other === null ? '' : figure(other.figure.median),
    ratioText(ratio),
    goalText(comparison),
    met === null ? '' : met ? 'yes' : 'NO',
  ];
}

function figureLines({ title, finding }: Section): string[] {
  return [title, ...figureSentences(finding).map((line) => `  ${line}`)];
}

/** Each comparison with its spread, then the notes. */
export function figureSentences({ comparisons, notes }: Finding): string[] {
  return [...comparisons.map(comparisonSentence), ...notes];
}

function comparisonSentence({ what, unit, ours, other, ratio }: Comparison): string {
  const beside = other === null ? '' : `; ${other.name}: ${spreadText(other.figure, unit)}`;
  const spread =
    ratio === null || ratio.low === ratio.high
      ? ''
      : `; the ratio was ${ratio.low.toFixed(2)} to ${ratio.high.toFixed(2)}`;
  return `${what}: ${spreadText(ours, unit)}${beside}${spread}`;
}
