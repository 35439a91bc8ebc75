import type { Judgement } from './judge';

/** One line of the table: what a fault did to the attempts that were under way when it struck. */
export interface Row {
  fault: string;
  struck: number;
  inFlight: number;
  right: number;
  jobsTwice: number;
  answersTwice: number;
  lost: number;
  tookMs: number;
}

export function rowOf(fault: string, struck: number, tookMs: number, judgements: readonly Judgement[]): Row {
  const sum = (of: (judgement: Judgement) => number) =>
    judgements.reduce((total, judgement) => total + of(judgement), 0);
  return {
    fault,
    struck,
    inFlight: judgements.length,
    right: sum(({ outcomeRight }) => Number(outcomeRight)),
    jobsTwice: sum(({ jobsTwice }) => jobsTwice),
    answersTwice: sum(({ answersTwice }) => answersTwice),
    lost: sum(({ lost }) => lost),
    tookMs,
  };
}

/** A fault that struck nothing has shown nothing. */
export function isClean({ struck, inFlight, right, jobsTwice, answersTwice, lost }: Row): boolean {
  return (
    struck > 0 && inFlight > 0 && right === inFlight && jobsTwice === 0 && answersTwice === 0 && lost === 0
  );
}

const HEAD = ['fault', 'times', 'in flight', 'right', 'jobs twice', 'answers twice', 'lost', 'took'];

export function tableOf(rows: readonly Row[]): string {
  const lines = [
    HEAD,
    ...rows.map(({ fault, tookMs, ...numbers }) => [
      fault,
      ...[numbers.struck, numbers.inFlight, numbers.right].map(String),
      ...[numbers.jobsTwice, numbers.answersTwice, numbers.lost].map(String),
      `${Math.round(tookMs / 1_000)} s`,
    ]),
  ];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  const padded = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return lines.map((line) => line.map(padded).join('  ')).join('\n');
}
