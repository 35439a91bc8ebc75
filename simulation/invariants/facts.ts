import type { BasiqClient } from '../../src/basiq/basiq-client';
import type { LoggedRequest } from '../../src/sandbox/request-log';
import type { SandboxJob } from '../../test/sandbox-admin';
import type { AttemptRun } from '../attempt-run';
import type { History } from '../read-history';
import type { Schedule } from '../schedule';

/** What is known when a seed is over. */
export interface SeedFacts {
  schedule: Schedule;
  userId: string;
  /** all of the person's jobs at Basiq */
  jobs: readonly SandboxJob[];
  /** all that Basiq received */
  requests: readonly LoggedRequest[];
  elsewhere: BasiqClient;
  /** the jobs that something else began */
  foreignJobs: ReadonlySet<string>;
  isSilent: boolean;
  /** how far Basiq's clock was put ahead, on top of what Temporal's passed */
  clockSteppedMs: number;
  attempts: readonly { attempt: AttemptRun; history: History }[];
}
