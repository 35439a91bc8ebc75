import type { Comparison, Spread, Unit } from './comparison';

/** Three figures that count: `0.183`, `18.3`, `1,830`. */
export function figure(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toLocaleString('en-US', { maximumFractionDigits: decimals, minimumFractionDigits: decimals });
}

export function withUnit(value: number, unit: Unit): string {
  return `${figure(value)} ${unit}`;
}

/** `38.2 a second (35.1 to 40.0, 5 times)` */
export function spreadText({ median, low, high, count }: Spread, unit: Unit): string {
  if (count === 1) return withUnit(median, unit);
  return `${withUnit(median, unit)} (${figure(low)} to ${figure(high)}, ${count} times)`;
}

export function ratioText(ratio: Spread | null): string {
  return ratio === null ? '' : ratio.median.toFixed(2);
}

/** `ratio ≥ 0.8`, `≤ 45 events` */
export function goalText({ goal, unit }: Pick<Comparison, 'goal' | 'unit'>): string {
  if (goal === null) return '';
  const sign = goal.bound === 'at least' ? '≥' : '≤';
  return goal.of === 'ratio' ? `ratio ${sign} ${goal.value}` : `${sign} ${withUnit(goal.value, unit)}`;
}
