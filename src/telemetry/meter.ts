import type { MetricMeter, MetricTags } from '@temporalio/common';
import { COUNTERS, GAUGES, HISTOGRAMS } from './metric-definitions';

/** Our metrics on one of Temporal's meters: the worker's, or a workflow's, which is silent while it replays. */
export class Meter {
  constructor(private readonly meter: MetricMeter) {}

  count(name: keyof typeof COUNTERS, tags: MetricTags): void {
    this.meter.createCounter(name, undefined, COUNTERS[name]).add(1, tags);
  }

  set(name: keyof typeof GAUGES, value: number, tags: MetricTags = {}): void {
    this.meter.createGauge(name, 'float', undefined, GAUGES[name]).set(value, tags);
  }

  time(name: keyof typeof HISTOGRAMS, durationMs: number, tags: MetricTags): void {
    // Temporal's clock may be set back; a meter throws at a negative value, and that would stop a workflow.
    const seconds = Math.max(0, durationMs) / 1_000;
    this.meter.createHistogram(name, 'float', undefined, HISTOGRAMS[name].help).record(seconds, tags);
  }
}
