/** One line of the table: what a fault did to the load. */
export interface Row {
  fault: string;
  /** null: it was not run, and why */
  notRun: string | null;
  struck: number;
  /** attempts that were under way when it struck */
  inFlight: number;
  attempts: number;
  right: number;
  jobsTwice: number;
  answersTwice: number;
  lost: number;
  tookMs: number;
}

export function isClean(row: Row): boolean {
  return (
    row.notRun === null &&
    row.struck > 0 &&
    row.inFlight > 0 &&
    row.right === row.attempts &&
    row.jobsTwice === 0 &&
    row.answersTwice === 0 &&
    row.lost === 0
  );
}

const HEAD = [
  'fault',
  'times',
  'in flight',
  'outcomes right',
  'jobs twice',
  'answers twice',
  'lost',
  'took',
] as const;

export function tableOf(rows: readonly Row[]): string {
  const cells = [
    [...HEAD],
    ...rows.map((row) =>
      row.notRun !== null
        ? [row.fault, `not run: ${row.notRun}`]
        : [
            row.fault,
            String(row.struck),
            String(row.inFlight),
            `${row.right} of ${row.attempts}`,
            String(row.jobsTwice),
            String(row.answersTwice),
            String(row.lost),
            `${Math.round(row.tookMs / 1_000)} s`,
          ],
    ),
  ];
  const widths = HEAD.map((_, column) =>
    Math.max(...cells.filter((line) => line.length === HEAD.length).map((line) => line[column]?.length ?? 0)),
  );
  widths[0] = Math.max(...cells.map(([name]) => name?.length ?? 0));
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
