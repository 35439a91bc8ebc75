import type { BasiqClient } from '../src/basiq/basiq-client';
import { readJob } from '../src/basiq/job';

interface Row {
  jobId: string;
  looks: number;
  /** by Basiq's clock; null while the job is queued as far as the table knows */
  newsAtMs: number | null;
}

/**
 * What one does without Temporal: a table of queued jobs, and a cron job that looks at each of them whenever it runs. It
 * looks once when a job is entered, since it has to learn that the bank is down.
 */
export class PolledTable {
  readonly rows: Row[] = [];

  constructor(
    private readonly basiq: BasiqClient,
    private readonly apiUrl: string,
  ) {}

  async enter(jobId: string): Promise<void> {
    const row = { jobId, looks: 0, newsAtMs: null };
    this.rows.push(row);
    await this.look(row);
  }

  /** One run of the cron job. */
  async run(): Promise<void> {
    for (const row of this.rows) if (row.newsAtMs === null) await this.look(row);
  }

  get looks(): number {
    return this.rows.reduce((sum, { looks }) => sum + looks, 0);
  }

  get isDone(): boolean {
    return this.rows.every(({ newsAtMs }) => newsAtMs !== null);
  }

  private async look(row: Row): Promise<void> {
    row.looks += 1;
    const { body, basiqNowMs } = await this.basiq.getJob(row.jobId);
    const { state } = readJob(body, this.apiUrl);
    if (state === 'succeeded' || state === 'failed') row.newsAtMs = basiqNowMs;
  }
}
