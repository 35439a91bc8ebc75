import type { BankBook } from './bank-book';
import type { FaultBook } from './faults';
import type { RequestLog } from './request-log';
import type { SandboxClock } from './sandbox-clock';
import type { Settings } from './settings';
import type { Store } from './store';
import type { TokenDesk } from './tokens';

/** What the routes of one sandbox share. */
export interface SandboxState {
  readonly apiKey: string;
  readonly clock: SandboxClock;
  readonly settings: Settings;
  readonly banks: BankBook;
  readonly store: Store;
  readonly tokens: TokenDesk;
  readonly faults: FaultBook;
  readonly log: RequestLog;
}
