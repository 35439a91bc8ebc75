import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { Phase } from '../contract/attempt-status';
import { WORKFLOW_TYPE } from '../contract/names';
import { CONNECTION_PHASE } from '../contract/search-attributes';
import type { Logger } from '../log';
import type { Meter } from './meter';
import { writeEvent } from './write-event';

const OPEN_PHASES = [
  Phase.submitting,
  Phase.verifying,
  Phase.awaitingMfa,
  Phase.confirmingMfa,
  Phase.queued,
  Phase.retrieving,
] as const;

/** However often somebody scrapes, Temporal counts for us no more often than this. */
const COUNT_EVERY_MS = 30_000;
const COUNT_WAIT_MS = 3_000;

export interface CountedIn {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
}

/**
 * How many attempts are open now, by phase. Temporal's visibility is asked while /metrics is read and not otherwise: a
 * number that nobody reads costs nothing, and the one that is read is no older than half a minute. One count for each
 * phase, since only newer servers can group by a search attribute.
 */
export class AttemptCensus {
  private countedIn: CountedIn | null = null;
  private begunMs = -Infinity;

  constructor(
    private readonly meter: Meter,
    private readonly logger: Logger,
  ) {}

  begin(countedIn: CountedIn): void {
    this.countedIn = countedIn;
  }

  /** Never rejects: numbers that could not be renewed stay, and their timestamp tells. */
  async refresh(): Promise<void> {
    const nowMs = performance.now();
    if (this.countedIn === null || nowMs - this.begunMs < COUNT_EVERY_MS) return;
    this.begunMs = nowMs;
    const counted = this.count(this.countedIn).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      writeEvent(this.logger, 'attempts-not-counted', { reason });
    });
    // A scrape ends within ten seconds as a rule; a count that comes later is in the next one.
    await Promise.race([counted, delay(COUNT_WAIT_MS, undefined, { ref: false })]);
  }

  private async count({ connection, namespace, taskQueue }: CountedIn): Promise<void> {
    const client = new Client({ connection, namespace });
    const counted = await Promise.all(
      [null, ...OPEN_PHASES].map(async (phase) => {
        const { count } = await client.workflow.count(openAttempts(taskQueue, phase));
        return { phase: phase ?? 'unstarted', count };
      }),
    );
    for (const { phase, count } of counted) this.meter.set('basiq_attempts', count, { phase });
    this.meter.set('basiq_attempts_counted_timestamp_seconds', Date.now() / 1_000);
  }
}

/** A query of Temporal's visibility. `phase` null: attempts that no worker has begun. */
export function openAttempts(taskQueue: string, phase: string | null): string {
  const quoted = taskQueue.replace(/["\\]/g, '\\$&');
  return [
    `WorkflowType = "${WORKFLOW_TYPE}"`,
    `TaskQueue = "${quoted}"`,
    'ExecutionStatus = "Running"',
    phase === null ? `${CONNECTION_PHASE.name} IS NULL` : `${CONNECTION_PHASE.name} = "${phase}"`,
  ].join(' AND ');
}
