import type { DemoAttempt, End } from './attempts';
import { cell } from './screen-text';

export interface SummaryRow {
  attempt: DemoAttempt;
  end: End;
  requests: number;
  /** POSTs that began a job at Basiq */
  creates: number;
  mfaPosts: number;
  looks: number;
  historyEvents: number;
}

/** What is not as it should be; empty when all is. */
export function whatWentWrong({ attempt, end, creates, mfaPosts, looks }: SummaryRow): string[] {
  const { expected, name } = attempt;
  const problems: string[] = [];
  if (endText(end) !== endText(expected.end)) {
    problems.push(`it ended ${endText(end)}, not ${endText(expected.end)}`);
  }
  if (creates !== 1) problems.push(`Basiq got ${creates} POSTs of a connection, not 1`);
  if (expected.mfaPosts !== null && mfaPosts !== expected.mfaPosts) {
    problems.push(`Basiq got ${mfaPosts} MFA answers, not ${expected.mfaPosts}`);
  }
  if (expected.queued !== looks > 0) {
    problems.push(expected.queued ? 'Basiq did not park its job' : 'Basiq parked its job');
  }
  return problems.map((problem) => `${attempt.key} ${name}: ${problem}`);
}

/** 80 columns at most. */
export function summaryTable(rows: readonly SummaryRow[]): string[] {
  const line = (
    ...[name, outcome, right, requests, looks, events]: [string, string, string, string, string, string]
  ) =>
    [
      cell(name, 20),
      cell(outcome, 29),
      cell(right, 4),
      requests.padStart(8),
      looks.padStart(5),
      events.padStart(6),
    ].join(' ');
  return [
    line('attempt', 'outcome', 'ok?', 'requests', 'looks', 'events'),
    ...rows.map((row) =>
      line(
        `${row.attempt.key} ${row.attempt.name}`,
        endText(row.end),
        whatWentWrong(row).length === 0 ? 'yes' : 'NO',
        String(row.requests),
        String(row.looks),
        String(row.historyEvents),
      ),
    ),
  ];
}

function endText(end: End): string {
  return end.ended === 'failed' ? `failed: ${end.code}` : end.ended;
}
