/** Several measurements of one thing. */
export interface Spread {
  median: number;
  low: number;
  high: number;
  count: number;
}

export type Unit = 'a second' | 'ms' | 's' | 'minutes' | 'MB' | 'events' | 'actions' | 'calls' | 'tasks';

/** One line of the table: something of ours beside what it is compared with, measured in the same run. */
export interface Comparison {
  what: string;
  unit: Unit;
  ours: Spread;
  /** null: there is nothing that it could fairly be compared with */
  other: { name: string; figure: Spread } | null;
  /** ours divided by the other; where both were measured in turns, of each turn */
  ratio: Spread | null;
  goal: Goal | null;
}

export interface Goal {
  of: 'ratio' | 'ours';
  bound: 'at least' | 'at most';
  value: number;
}

/** What one measure found. */
export interface Finding {
  comparisons: Comparison[];
  /** further figures, as sentences; how it was measured, and how often */
  notes: string[];
}

/** @throws RangeError when there is no value */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((one, other) => one - other);
  const [low] = sorted;
  const high = sorted.at(-1);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)];
  const lower = sorted[Math.ceil(middle) - 1];
  if (low === undefined || high === undefined || upper === undefined || lower === undefined) {
    throw new RangeError('nothing was measured');
  }
  return { median: (lower + upper) / 2, low, high, count: sorted.length };
}

export function single(value: number): Spread {
  return spreadOf([value]);
}

/** The ratio of two things measured in turns: each turn's own, so that what slows a machine for a while slows both. */
export function ratioByTurn(ours: readonly number[], other: readonly number[]): Spread {
  return spreadOf(
    ours.flatMap((value, turn) => {
      const beside = other[turn];
      return beside === undefined ? [] : [value / beside];
    }),
  );
}

/** The ratio of two medians: for things of which each was measured many times, and no two belong together. */
export function ratioOfMedians(ours: Spread, other: Spread): Spread {
  return { ...single(ours.median / other.median), count: Math.min(ours.count, other.count) };
}

/** Null when there is no goal. */
export function goalIsMet({
  goal,
  ratio,
  ours,
}: Pick<Comparison, 'goal' | 'ratio' | 'ours'>): boolean | null {
  if (goal === null) return null;
  const measured = goal.of === 'ours' ? ours : ratio;
  if (measured === null) return false;
  return goal.bound === 'at least' ? measured.median >= goal.value : measured.median <= goal.value;
}
