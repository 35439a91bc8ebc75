import type { BasiqClient } from '../basiq/basiq-client';
import type { QueuePeriods } from '../basiq/retry-queue';
import type { PrivateKeySet } from '../secrets/key-set';
import type { PollPeriods } from './watch-job';

/** What the worker's configuration gives its activities. */
export interface ActivitySettings {
  basiq: BasiqClient;
  apiUrl: string;
  /** each call to Basiq ends within this time */
  httpTimeoutMs: number;
  queue: QueuePeriods;
  polls: PollPeriods;
  /** null: no sealed secret can be opened */
  privateKeys: PrivateKeySet | null;
  allowPlainSecrets: boolean;
  /** names or ids of institutions whose challenge is an approval in the bank's app */
  appApprovalInstitutions: readonly string[];
  /**
   * Aborted when the worker is told to stop. Temporal cancels activities only after the grace time that a POST needs to
   * finish; a watch has nothing to finish.
   */
  stopping: AbortSignal;
}
